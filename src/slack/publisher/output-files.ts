import { assertNever } from '../../domain/assert-never.ts';
import type { StepKey } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import { hasEnded, type Run } from '../../domain/run.ts';
import type { Message } from '../../ports/messenger.ts';
import type { FileState, Telling } from '../../ports/run-store.ts';
import { toMessage } from '../blocks/to-message.ts';
import { actsFile } from '../output/act-file.ts';
import { actEnding, actName, type PrintedAct } from '../output/act-lines.ts';
import { logWords, outputWords } from '../output/instead-of-file.ts';
import { runLog } from '../output/run-log.ts';
import type { Shared } from './deps.ts';
import { createFileTries, type FileTries } from './file-tries.ts';
import type { Manuscript } from './manuscript.ts';

/** What commands printed, in the thread of their run: a failing step's at once, the log of the whole run at its end. */
export interface OutputFiles {
  /** Milliseconds until there is something to do; undefined when there is nothing any more. */
  dueInMs(current: Manuscript, now: number): number | undefined;
  /** One try of what is due; what came of it is in the telling. */
  put(current: Manuscript, parentTs: string): Promise<void>;
}

/** A file that belongs into the thread. */
type Wanted =
  | { readonly kind: 'stop'; readonly key: string; readonly step: StepKey; readonly attempt: number }
  | { readonly kind: 'log'; readonly key: 'log' };

/** What Slack says where it takes no file from this app, or none in this workspace: asking again is no use. */
const aboutFiles: ReadonlySet<string> = new Set([
  'missing_scope',
  'not_allowed_token_type',
  'no_permission',
  'access_denied',
  'file_uploads_disabled',
  'file_uploads_except_images_disabled',
]);

type File = Parameters<Shared['deps']['messenger']['uploadFile']>[2];

/** @param save the telling with what has become of the files */
export function createOutputFiles(shared: Shared, save: (telling: Telling) => Promise<void>): OutputFiles {
  const { deps, pacer, time } = shared;
  const all = new Map<string, FileTries>();
  const triesOf = (key: string): FileTries => {
    const tries = all.get(key) ?? createFileTries(time);
    all.set(key, tries);
    return tries;
  };

  const waitMs = ({ telling }: Manuscript, { key }: Wanted, now: number): number | undefined => {
    const state = telling.outputFiles?.[key];
    return state === 'words' ? pacer.postWaitMs(telling.channel, now) : triesOf(key).dueInMs(state, now);
  };

  /** Writes down how far one file is; undefined: as if it had never been tried. */
  const saving =
    ({ telling }: Manuscript, { key }: Wanted) =>
    (state: FileState | undefined): Promise<void> => {
      const { [key]: _, ...others } = telling.outputFiles ?? {};
      return save({ ...telling, outputFiles: state === undefined ? others : { ...others, [key]: state } });
    };

  async function upload(current: Manuscript, wanted: Wanted, parentTs: string): Promise<void> {
    const { run, telling } = current;
    const keep = saving(current, wanted);
    const file = await fileOf(run, wanted);
    if (file === undefined) return keep('done');
    if (!shared.takesFiles) return keep('words');
    const tries = triesOf(wanted.key);
    const outcome = await tries.put(telling.outputFiles?.[wanted.key], keep, () =>
      deps.messenger.uploadFile(telling.channel, parentTs, file),
    );
    if (outcome === undefined) return;
    deps.log.warn(
      { run: run.id, file: file.name, outcome },
      'what commands printed could not be put into the thread',
    );
    if (outcome.status === 'refused' && aboutFiles.has(outcome.error)) shared.takesFiles = false;
    if (tries.isGivenUp()) await keep('words');
  }

  /** The message that stands in for a file. Posted twice at worst, when the process dies right after. */
  async function say(current: Manuscript, wanted: Wanted, parentTs: string): Promise<void> {
    const { run, telling } = current;
    const keep = saving(current, wanted);
    const message = await wordsOf(run, wanted);
    if (message === undefined) return keep('done');
    pacer.posted(telling.channel, time());
    const outcome = await deps.messenger.post(telling.channel, message, { ts: parentTs, broadcast: false });
    switch (outcome.status) {
      case 'posted':
        return keep('done');
      case 'rate-limited':
        return pacer.holdPosts(telling.channel, time() + Math.max(1_000, outcome.retryAfterMs));
      case 'refused':
      case 'unavailable':
        // Whoever needs it has the command and the button, which the run's message shows.
        deps.log.warn({ run: run.id, outcome }, 'what commands printed could not be told in the thread');
        return keep('done');
      default:
        return assertNever(outcome);
    }
  }

  async function fileOf(run: Run, wanted: Wanted): Promise<File | undefined> {
    if (wanted.kind === 'log') {
      const acts = await deps.store.acts(run.id);
      if (acts.length === 0) return undefined;
      return {
        name: `${run.cluster}-${run.plan.to}-${run.id}.log`,
        title: `The log of run ${run.id}`,
        content: await runLog(run, acts, deps.store),
      };
    }
    const acts = await printedBy(run, wanted);
    const [first] = acts;
    if (first === undefined) return undefined;
    const step = stepsOf(run.plan).find(({ key }) => key === wanted.step);
    return {
      name: `${run.cluster}-${first.act.node}-${step?.kind ?? 'step'}-try-${first.act.attempt}.txt`,
      title: `${actName(step, first.act)}: ${actEnding(acts.at(-1)?.act ?? first.act)}`,
      content: actsFile(step, acts),
    };
  }

  async function wordsOf(run: Run, wanted: Wanted): Promise<Message | undefined> {
    if (wanted.kind === 'log') return toMessage(logWords(run), { rich: false });
    const printed = (await printedBy(run, wanted)).at(-1);
    return printed && toMessage(outputWords(run, printed), { rich: false });
  }

  /** Acts of the attempt that failed, and of an earlier one where that one's command still ran and was followed. */
  async function printedBy(run: Run, { step, attempt }: Wanted & { kind: 'stop' }): Promise<PrintedAct[]> {
    const acts = (await deps.store.acts(run.id)).filter((act) => act.step === step);
    const printed = await Promise.all(
      acts.map(async (act) => ({ act, pieces: await deps.store.output(act) })),
    );
    const known = printed.filter(({ act, pieces }) => pieces.length > 0 || act.ending !== undefined);
    const present = known.filter(({ act }) => act.attempt === attempt);
    if (present.length > 0) return present;
    const goesOn = run.halt?.step === step && run.halt.failure.act !== undefined;
    return goesOn ? known.filter(({ act }) => act.ending === undefined).slice(-1) : [];
  }

  return {
    dueInMs(current, now) {
      const waits = wantedOf(current.run).flatMap((wanted) => waitMs(current, wanted, now) ?? []);
      return waits.length === 0 ? undefined : Math.min(...waits);
    },
    async put(current, parentTs) {
      const now = time();
      const wanted = wantedOf(current.run).find((one) => waitMs(current, one, now) === 0);
      if (wanted === undefined) return;
      const isRefused = current.telling.outputFiles?.[wanted.key] === 'words';
      await (isRefused ? say : upload)(current, wanted, parentTs);
    },
  };
}

/** What people have answered already needs no file of its own any more: the log has it. */
function wantedOf(run: Run): Wanted[] {
  if (hasEnded(run)) return run.startedAt === undefined ? [] : [{ kind: 'log', key: 'log' }];
  const { halt, course, steps } = run;
  const stops = [
    ...course.quarantined.map(({ at, step, attempt }) => ({ key: at, step, attempt })),
    ...(halt === undefined
      ? []
      : [{ key: keyOf(halt), step: halt.step, attempt: steps.get(halt.step)?.attempt ?? 1 }]),
  ];
  return stops.map((stop) => ({ kind: 'stop', ...stop }));
}

/** A command that is waited for again and again has one file until it has ended: what comes of it then is another. */
function keyOf({ since, failure: { act } }: NonNullable<Run['halt']>): string {
  return act === undefined ? since : `${act.base}/${act.attempt}`;
}
