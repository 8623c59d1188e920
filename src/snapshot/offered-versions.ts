import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import {
  compareVersions,
  type KubernetesVersion,
  MinorVersion,
  minorNumber,
  minorOf,
  newest,
  oldest,
} from '../domain/version.ts';
import type { FactsHost } from '../node/host-facts.ts';
import { readPackageState } from '../node/packages/package-state.ts';
import { packageManager } from '../node/packages.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';
import { roleOf } from './nodes.ts';

/** The present version and what a control plane's repositories offer of its minor and the ones after it, oldest first. */
export type Offer =
  | {
      readonly status: 'known';
      readonly current: KubernetesVersion;
      readonly offered: readonly KubernetesVersion[];
    }
  | { readonly status: 'unknown'; readonly problem: string };

/**
 * What there is to choose from, as the first control plane that answers sees it. A next minor whose repository is not
 * there offers nothing; that is no problem, it may not be released yet.
 */
export async function offeredVersions(request: {
  readonly kubernetes: Pick<Kubernetes, 'serverVersions' | 'listNodes'>;
  readonly hostOf: (node: NodeName) => FactsHost;
  /** Minors after the present one that are asked for; 1 unless given. */
  readonly ahead?: number;
}): Promise<Offer> {
  const problems: string[] = [];
  try {
    const { kubernetes, hostOf } = request;
    const [versions, nodes] = await Promise.all([kubernetes.serverVersions(), kubernetes.listNodes()]);
    const seen = Object.values(versions);
    const current = oldest(seen);
    const minors = minorsFor(seen, request.ahead ?? 1);
    if (!current) return { status: 'unknown', problem: 'No API server told its version.' };
    for (const node of nodes.filter((node) => roleOf(node) === 'control-plane')) {
      try {
        return { status: 'known', current, offered: await offeredTo(hostOf(node.name), minors) };
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    return { status: 'unknown', problem: problems[0] ?? 'The cluster shows no control plane node.' };
  } catch (error) {
    return { status: 'unknown', problem: messageOf(error) };
  }
}

/** From the oldest API server's minor (a half-done upgrade) to some after the newest. */
function minorsFor(versions: readonly KubernetesVersion[], ahead: number): MinorVersion[] {
  const first = oldest(versions);
  const last = newest(versions);
  if (!first || !last) return [];
  const count = minorNumber(last) + ahead - minorNumber(first) + 1;
  const [major] = minorOf(first).split('.');
  return Array.from({ length: count }, (_, index) =>
    MinorVersion.parse(`${major}.${minorNumber(first) + index}`),
  );
}

async function offeredTo(host: FactsHost, minors: readonly MinorVersion[]): Promise<KubernetesVersion[]> {
  const manager = packageManager(host, await readPackageState(host));
  const results = await Promise.allSettled(minors.map((minor) => manager.probe(minor)));
  const offered = results.flatMap((result) =>
    result.status === 'fulfilled'
      ? result.value.flatMap(({ version, without }) => (without === undefined ? [version] : []))
      : [],
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (offered.length === 0 && failure) throw failure.reason;
  return offered.toSorted(compareVersions);
}

function messageOf(error: unknown): string {
  if (error instanceof StepFailure) return error.message;
  throw error;
}
