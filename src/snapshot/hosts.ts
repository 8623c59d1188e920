import pLimit from 'p-limit';
import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import type { Certificate, HostFacts } from '../domain/snapshot.ts';
import type { MinorVersion } from '../domain/version.ts';
import { type FactsHost, readHostFacts } from '../node/host-facts.ts';
import type { Clock } from '../ports/clock.ts';
import type { NodeObject } from '../ports/kubernetes.ts';
import { readCertificates } from './certificates.ts';
import { whyOf } from './cluster-reads.ts';
import type { Gap } from './control-plane.ts';
import { roleOf } from './nodes.ts';

/**
 * The host's own reads are bounded one by one (60 s, the repository 120 s); this bounds them together: a person waits for
 * the slowest machine.
 */
const hostDeadlineMs = 150_000;

/** How far a look at a cluster's machines has come. */
export interface LookProgress {
  readonly machines: number;
  /** Machines that have told what they know, or that are known not to answer. */
  readonly done: number;
  /** Of these, the ones that did not answer. */
  readonly unreachable: number;
  readonly waitingFor: readonly NodeName[];
}

export interface HostReads {
  readonly facts: ReadonlyMap<NodeName, HostFacts>;
  readonly certificates: readonly Certificate[];
  readonly gaps: readonly Gap[];
}

/**
 * What all machines tell, some at a time. One that does not answer is a fact about that machine, after a bounded time,
 * and holds up no other.
 */
export async function readHosts(
  nodes: readonly NodeObject[],
  given: {
    hostOf: (node: NodeName) => FactsHost;
    clock: Clock;
    concurrency: number;
    offeredMinors?: readonly MinorVersion[] | undefined;
    onProgress?: ((progress: LookProgress) => void) | undefined;
    checkRights?: (node: NodeName) => Promise<unknown>;
    patchesDirectory?: string | undefined;
    programs?: readonly string[] | undefined;
  },
): Promise<HostReads> {
  const limit = pLimit(given.concurrency);
  const gaps: Gap[] = [];
  const facts = new Map<NodeName, HostFacts>();
  const { clock, offeredMinors, patchesDirectory, programs } = given;
  const options = {
    clock,
    ...(offeredMinors === undefined ? {} : { offeredMinors }),
    ...(patchesDirectory === undefined ? {} : { patchesDirectory }),
    ...(programs === undefined ? {} : { programs }),
  };
  const report = (): void => {
    const told = [...facts.values()];
    given.onProgress?.({
      machines: nodes.length,
      done: told.length,
      unreachable: told.filter(({ status }) => status === 'unreachable').length,
      waitingFor: nodes.flatMap(({ name }) => (facts.has(name) ? [] : [name])),
    });
  };
  report();
  const readOne = async (node: NodeObject): Promise<Certificate[]> => {
    // Giving the host may fail, too: a node that the configuration does not tell how to reach.
    const reading = async () => {
      await given.checkRights?.(node.name);
      return readHostFacts(given.hostOf(node.name), options);
    };
    const seen = await inTime(given.clock, node.name, reading());
    facts.set(node.name, seen);
    report();
    if (seen.status === 'unreachable' || roleOf(node) === 'worker') return [];
    try {
      return await readCertificates(given.hostOf(node.name));
    } catch (error) {
      gaps.push({ what: `the certificates of ${node.name}`, why: whyOf(error) });
      return [];
    }
  };
  const certificates = await Promise.all(nodes.map((node) => limit(() => readOne(node))));
  return { facts, certificates: certificates.flat(), gaps };
}

async function inTime(clock: Clock, node: NodeName, reading: Promise<HostFacts>): Promise<HostFacts> {
  const done = new AbortController();
  const tooLate = clock.sleep(hostDeadlineMs, done.signal).then((): HostFacts => {
    const reason = `${node} did not answer within ${hostDeadlineMs / 1000} s.`;
    return { status: 'unreachable', code: 'ssh.unreachable', reason };
  });
  try {
    return await Promise.race([reading, tooLate]);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { status: 'unreachable', code: error.code, reason: error.message };
  } finally {
    done.abort();
  }
}
