import { StepFailure } from '../domain/failure.ts';
import { NodeName } from '../domain/names.ts';
import type { Policy } from '../domain/policy.ts';
import type { Loss } from '../domain/rollback.ts';
import { type EtcdTools, RollbackFacts, type Unknown } from '../domain/rollback-facts.ts';
import { readEtcdctlVersion } from '../node/etcd.ts';
import { findRestoreTools } from '../node/etcd-restore.ts';
import type { Clock } from '../ports/clock.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { ListedKind, StorageSurvey } from '../ports/storage-survey.ts';

/**
 * What people care about first when data is lost; each can be refused by the bot's rights and is then named as uncounted.
 * docs/rbac.yaml grants them but for the last two, whose contents are nobody's business.
 */
export const lossKinds: readonly ListedKind[] = [
  { kind: 'Namespace', apiVersion: 'v1', resource: 'namespaces' },
  { kind: 'Deployment', apiVersion: 'apps/v1', resource: 'deployments' },
  { kind: 'StatefulSet', apiVersion: 'apps/v1', resource: 'statefulsets' },
  { kind: 'DaemonSet', apiVersion: 'apps/v1', resource: 'daemonsets' },
  { kind: 'Job', apiVersion: 'batch/v1', resource: 'jobs' },
  { kind: 'CronJob', apiVersion: 'batch/v1', resource: 'cronjobs' },
  { kind: 'Service', apiVersion: 'v1', resource: 'services' },
  { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1', resource: 'ingresses' },
  { kind: 'PersistentVolumeClaim', apiVersion: 'v1', resource: 'persistentvolumeclaims' },
  { kind: 'ConfigMap', apiVersion: 'v1', resource: 'configmaps' },
  { kind: 'Secret', apiVersion: 'v1', resource: 'secrets' },
];

/** A person waits for this, in an incident. */
const surveyMs = 20_000;

export interface RollbackFactsRequest {
  readonly storage: StorageSurvey;
  /** Absent where no API server answers. */
  readonly apiAnswers: boolean;
  readonly controlPlanes: readonly NodeName[];
  readonly hostOf: (node: NodeName) => Pick<RemoteHost, 'node' | 'read'>;
  readonly policy: Pick<Policy, 'etcd'>;
  /** The moment of the run's etcd snapshot; undefined without one. */
  readonly snapshotTakenAt?: string | undefined;
  readonly clock: Clock;
}

/** Looks at what a verdict rests on beyond the snapshot: at the same time, each bounded; what fails is unknown. */
export async function gatherRollbackFacts(request: RollbackFactsRequest): Promise<RollbackFacts> {
  const { storage, apiAnswers, controlPlanes, policy, snapshotTakenAt } = request;
  const unanswered: Unknown = { state: 'unknown', why: 'no API server answers' };
  const ask = async <T>(
    reading: () => Promise<T>,
    wrap: (value: T) => { state: 'known' } & Record<string, unknown>,
  ) => (apiAnswers ? inTime(request.clock, reading, wrap) : unanswered);
  const [stored, objects, loss, tools] = await Promise.all([
    ask(
      () => storage.storedKinds(),
      (found) => ({ state: 'known', kinds: [...found] }),
    ),
    ask(
      () => storage.objectCounts(),
      (counts) => ({ state: 'known', counts }),
    ),
    snapshotTakenAt === undefined
      ? ({ state: 'unknown', why: 'the run has no etcd snapshot' } satisfies Unknown)
      : ask(
          () => lossSince(storage, snapshotTakenAt),
          (found) => ({ state: 'known', loss: found }),
        ),
    Promise.all(controlPlanes.map((node) => toolsOf(request, node))),
  ]);
  // What was read is data from outside: it is checked as a whole.
  return RollbackFacts.parse({
    stored,
    objects,
    loss,
    tools,
    etcdutlAtHand: Object.keys(policy.etcd.etcdutl?.files ?? {}),
  });
}

async function inTime<T>(
  clock: Clock,
  reading: () => Promise<T>,
  wrap: (value: T) => { state: 'known' } & Record<string, unknown>,
): Promise<unknown> {
  const done = new AbortController();
  const late = clock
    .sleep(surveyMs, done.signal)
    .then((): Unknown => ({ state: 'unknown', why: `it took longer than ${surveyMs / 1_000} s` }));
  try {
    return await Promise.race([reading().then(wrap), late]);
  } catch (error) {
    if (error instanceof StepFailure)
      return { state: 'unknown', why: clauseOf(error.message) } satisfies Unknown;
    throw error;
  } finally {
    done.abort();
  }
}

/** Objects written since the snapshot, kind by kind; the largest first, none that is zero. */
async function lossSince(storage: StorageSurvey, since: string): Promise<Loss> {
  const uncounted: string[] = [];
  const counted = await Promise.all(
    lossKinds.map(async (of) => {
      try {
        return { kind: of.kind, count: await storage.writtenSince(of, since) };
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error;
        uncounted.push(of.kind);
        return { kind: of.kind, count: 0 };
      }
    }),
  );
  const written = counted.filter(({ count }) => count > 0).toSorted((a, b) => b.count - a.count);
  return { since, written, uncounted: [...uncounted.toSorted(), 'custom resources'] };
}

async function toolsOf({ hostOf, policy }: RollbackFactsRequest, node: NodeName): Promise<EtcdTools> {
  const { path } = policy.etcd.etcdutl ?? {};
  try {
    const host = hostOf(node);
    const [tools, etcdctl] = await Promise.all([
      findRestoreTools(host, path === undefined ? [] : [path]),
      readEtcdctlVersion(host),
    ]);
    const minors = tools.flatMap(({ version, bumps }) =>
      bumps ? [version.split('.').slice(0, 2).join('.')] : [],
    );
    return { node, restores: [...new Set(minors)], ...(etcdctl === undefined ? {} : { etcdctl }) };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { node, restores: [], why: clauseOf(error.message) };
  }
}

function clauseOf(sentence: string): string {
  return sentence.replace(/[.\s]+$/, '');
}
