import type { Answer } from '../../domain/blockage.ts';
import { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Kubernetes } from '../../ports/kubernetes.ts';
import type { AttemptContext } from '../../ports/step-handler.ts';
import type { SteadyClock } from '../steady-clock.ts';
import { blockage } from './blockage.ts';
import type { Attention, EvictAllOptions, Progress } from './engine.ts';
import { createHearing } from './hearing.ts';
import type { Leaver } from './leaver.ts';
import { podName } from './pods.ts';
import { blockers, describeBlockages, nodeNotReady } from './standstill.ts';

interface AttentionDeps {
  readonly kubernetes: Pick<
    Kubernetes,
    'getNode' | 'listPdbs' | 'getNamespace' | 'workloadOf' | 'deletePod' | 'addReplica'
  >;
  readonly clock: SteadyClock;
  readonly context: AttemptContext;
  readonly node: NodeName;
  /** Pods that had left the node before the leavers of this round. */
  readonly movedBefore: () => number;
}

/** A told standstill that changes is told again, but not at every flicker. */
const quietMs = 5_000;

/**
 * The people's side of a drain: tells them what stands in the way once nothing has moved for as long as policy is
 * patient, again when that changes, and that it has resolved; and takes what they answer.
 */
export function createAttention(deps: AttentionDeps): {
  readonly attend: EvictAllOptions['attend'];
  /** Waits for what is being told. */
  readonly settled: () => Promise<void>;
} {
  const { clock, context, node } = deps;
  const { drain: policy } = context.policy;
  const patienceMs = policy.patienceSeconds * 1_000;
  let fewest = Number.POSITIVE_INFINITY;
  let movedAt = clock.now();
  /** From when on people were not called, although something may have been in the way. */
  let calmSince = movedAt;
  /** What was told last, and whether people still see it as being in the way. */
  let told: { readonly key: string; readonly at: number } | undefined;
  let isUnresolved = false;
  let telling: Promise<void> | undefined;
  const broken: unknown[] = [];
  const said = new Set<string>();
  const hearing = createHearing(clock, context);
  const scaled = new Set<string>();

  const tell = async (held: readonly Leaver[], { left, moved }: Progress, until: number): Promise<void> => {
    const meant = told;
    const [blockages, nodeAway] = await Promise.all([
      describeBlockages(deps.kubernetes, held, policy, clock),
      nodeNotReady(deps.kubernetes, node),
    ]);
    // While it was looked up it has resolved.
    if (blockages.length === 0 || context.signal.aborted || told !== meant) return;
    isUnresolved = true;
    context.blocked(blockage(node, held, nodeAway).toFailure(), {
      blockages,
      ...(nodeAway === undefined ? {} : { nodeAway }),
      moved: deps.movedBefore() + moved,
      left: left.length,
      since: clock.shown(movedAt),
      until: clock.shown(until),
    });
  };

  const tellWhenDue = (progress: Progress, now: number, extendedTo: number): void => {
    const { left } = progress;
    if (left.length < fewest) {
      fewest = left.length;
      movedAt = now;
    }
    const held = blockers(left, patienceMs, now);
    if (held.length === 0) {
      if (told) calmSince = now;
      if (isUnresolved) context.unblocked();
      told = undefined;
      isUnresolved = false;
      return;
    }
    const keptWaiting = hearing.keptWaitingAt();
    if (told && keptWaiting > told.at) told = undefined;
    const patientUntil = Math.max(movedAt, calmSince, keptWaiting) + patienceMs;
    const key = held.map(({ pod, state }) => `${pod.uid} ${state.status}`).join();
    const isNew = told ? key !== told.key && now - told.at >= quietMs : now >= patientUntil;
    if (!isNew || telling) return;
    told = { key, at: now };
    const until = Math.max(extendedTo, ...held.map(({ deadline }) => deadline));
    telling = tell(held, progress, until)
      .catch((error: unknown) => void broken.push(error))
      .finally(() => {
        telling = undefined;
      });
  };

  /** What nobody must hear a second time because it is tried again at every look. */
  const noteOnce = (text: string): void => {
    if (!said.has(text)) context.note(text);
    said.add(text);
  };

  const take = async (answer: Answer, left: readonly Leaver[]): Promise<void> => {
    if (answer.kind === 'delete-pod') await deleteAnswered(deps, answer, left, noteOnce);
    if (answer.kind === 'scale-up') await scaleAnswered(deps, answer, left, { noteOnce, scaled });
  };

  return {
    async attend(progress, now): Promise<Attention> {
      if (broken.length > 0) throw broken[0];
      const answers = context.answers();
      const extendedTo = hearing.extendedTo();
      const isStopped = hearing.isStopped();
      if (!isStopped) {
        for (const answer of answers) await take(answer, progress.left);
        tellWhenDue(progress, now, extendedTo);
      }
      return { extendedTo, isStopped };
    },
    async settled() {
      await telling;
    },
  };
}

/** Deletes the very pod that was meant, once: what is leaving already is not deleted again. */
async function deleteAnswered(
  { kubernetes, clock, context }: AttentionDeps,
  { uid }: Extract<Answer, { kind: 'delete-pod' }>,
  left: readonly Leaver[],
  noteOnce: (text: string) => void,
): Promise<void> {
  const { drain: policy } = context.policy;
  const leaver = left.find(({ pod }) => pod.uid === uid);
  const isHeld = leaver && ['asking', 'failed', 'finishing'].includes(leaver.state.status);
  if (!leaver || !isHeld) return;
  const { pod } = leaver;
  const { gracePeriodSeconds = policy.gracePeriodSeconds } = policy.namespaces[pod.namespace] ?? {};
  await seenThrough(noteOnce, `${podName(pod)} was not deleted`, async () => {
    const outcome = await kubernetes.deletePod(pod, gracePeriodSeconds);
    leaver.state = outcome === 'gone' ? { status: 'gone' } : { status: 'leaving', since: clock.now() };
  });
}

/** One replica more while a budget of that namespace is in the way; asking for it again changes nothing. */
async function scaleAnswered(
  { kubernetes, context, node }: AttentionDeps,
  { workload }: Extract<Answer, { kind: 'scale-up' }>,
  left: readonly Leaver[],
  { noteOnce, scaled }: { noteOnce: (text: string) => void; scaled: Set<string> },
): Promise<void> {
  const isBlocked = left.some(
    ({ pod, state }) =>
      pod.namespace === workload.namespace && state.status === 'asking' && state.waitsFor?.kind === 'budget',
  );
  const name = `${workload.namespace}/${workload.name}`;
  const done = `${name} has one replica more until ${node} is drained`;
  if (!isBlocked || scaled.has(name)) return;
  await seenThrough(noteOnce, `${name} was not scaled up`, async () => {
    const isScaled = await kubernetes.addReplica(workload, { run: context.run, for: node });
    if (isScaled) scaled.add(name);
    noteOnce(isScaled ? done : `${name} was not scaled up: it is gone, or another run has it scaled`);
  });
}

/** What people asked for and the API server refuses is told, not thrown: the drain goes on as if they had not. */
async function seenThrough(
  noteOnce: (text: string) => void,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    noteOnce(`${what}: ${error.message}`);
  }
}
