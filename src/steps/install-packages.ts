import { StepFailure } from '../domain/failure.ts';
import type { InstallKubeadm, InstallKubelet } from '../domain/step.ts';
import { compareVersions, type KubernetesVersion, packageVersion, parseVersion } from '../domain/version.ts';
import type { ActCall } from '../node/act.ts';
import {
  type KubernetesPackage,
  type PackageState,
  readPackageState,
  upstreamVersion,
} from '../node/packages/package-state.ts';
import { type PackageManager, type PackageSpec, packageManager } from '../node/packages.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import type { StepDependencies } from './dependencies.ts';

type Deps = Pick<StepDependencies, 'remoteHostOf'>;

export function installKubeadm(deps: Deps): StepHandler<InstallKubeadm> {
  // Exactly the version that was approved, also in place of a newer one: kubeadm is a tool that nothing depends on.
  return installPackages(
    deps,
    () => ['kubeadm'],
    () => true,
  );
}

/**
 * kubectl goes with the kubelet where it is installed: it must stay within a minor of the API server. A newer one that
 * somebody has put there is left alone by an upgrade; on the way back it would be too far ahead.
 */
export function installKubelet(deps: Deps): StepHandler<InstallKubelet> {
  return installPackages(
    deps,
    ({ installed }, { version, downgrade }) => {
      const kubectl = parseVersion(upstreamVersion(installed.kubectl ?? ''));
      return kubectl === undefined || (!downgrade && compareVersions(kubectl, version) > 0)
        ? ['kubelet']
        : ['kubelet', 'kubectl'];
    },
    ({ downgrade = false }) => downgrade,
  );
}

/**
 * Installs packages at exactly the step's version and holds them. The revision is what the repository offers; an
 * earlier operation that was interrupted is finished first.
 */
function installPackages<S extends InstallKubeadm | InstallKubelet>(
  deps: Deps,
  wanted: (state: PackageState, input: S['input']) => readonly KubernetesPackage[],
  allowsDowngrade: (input: S['input']) => boolean,
): StepHandler<S> {
  const hostOf = (step: S, context: AttemptContext): RemoteHost =>
    deps.remoteHostOf(context.cluster, step.input.node);

  /** What observing read in this attempt: nothing changes until acting, which comes next. */
  const seen = new WeakMap<AttemptContext, PackageState>();

  return {
    async observe(step, context) {
      const state = await readPackageState(hostOf(step, context));
      seen.set(context, state);
      const names = wanted(state, step.input);
      return problemOf(state, names, step.input.version) === undefined
        ? { status: 'done', facts: factsOf(state, names) }
        : { status: 'to-do' };
    },

    async act(step, context) {
      const host = hostOf(step, context);
      const state = seen.get(context) ?? (await readPackageState(host));
      const manager = packageManager(host, state);
      const call = (part: string): ActCall =>
        actCall(context, step, context.policy.timeouts.packagesSeconds, part);
      if (state.interrupted) {
        context.note(`${host.node}: an earlier package operation was interrupted; finishing it first`);
        await manager.repair(call('repair'));
      }
      const names = wanted(state, step.input);
      const specs = await specsFor(host, manager, state, names, step.input.version, () =>
        manager.refresh(call('refresh')),
      );
      await manager.install(call('install'), specs, { allowDowngrade: allowsDowngrade(step.input) });
    },

    async verify(step, context) {
      const state = await readPackageState(hostOf(step, context));
      const names = wanted(state, step.input);
      const problem = problemOf(state, names, step.input.version);
      if (problem === undefined) return factsOf(state, names);
      const { node } = step.input;
      throw new StepFailure('packages.install-failed', `${node}: ${problem}.`, { facts: { node } });
    },
  };
}

/** What keeps the packages from being as they should be; undefined when nothing does. */
function problemOf(
  state: PackageState,
  names: readonly KubernetesPackage[],
  version: KubernetesVersion,
): string | undefined {
  if (state.interrupted) return 'a package operation stands half-done';
  for (const name of names) {
    const installed = state.installed[name];
    if (installed === undefined) return `${name} is not installed`;
    if (upstreamVersion(installed) !== packageVersion(version)) return `${name} is ${installed}`;
    // dnf keeps packages by the repository's excludes or by locks, and a machine may do without either.
    if (state.os.family === 'debian' && !state.held.includes(name)) return `${name} is not held`;
  }
  return undefined;
}

/** The exact packages; asks the repository anew when the machine's lists do not have the version. */
async function specsFor(
  host: Pick<RemoteHost, 'node'>,
  manager: Pick<PackageManager, 'offered'>,
  state: PackageState,
  names: readonly KubernetesPackage[],
  version: KubernetesVersion,
  refresh: () => Promise<void>,
): Promise<PackageSpec[]> {
  const find = async (): Promise<(PackageSpec | { name: KubernetesPackage; offers: string[] })[]> =>
    Promise.all(
      names.map(async (name) => {
        const installed = state.installed[name];
        if (installed !== undefined && upstreamVersion(installed) === packageVersion(version)) {
          return { name, exact: installed };
        }
        const offers = await manager.offered(name);
        const exact = offers.find((offer) => offer.version === version)?.exact;
        return exact === undefined ? { name, offers: offers.map((offer) => offer.version) } : { name, exact };
      }),
    );
  let found = await find();
  if (found.some((one) => 'offers' in one)) {
    await refresh();
    found = await find();
  }
  return found.map((one) => {
    if (!('offers' in one)) return one;
    const offers = one.offers.slice(-8).join(', ') || 'no version at all';
    throw new StepFailure(
      'packages.version-missing',
      `${host.node}: the repository has no ${one.name} ${version}; it offers ${offers}.`,
      { facts: { node: host.node, package: one.name, wanted: version, offered: offers } },
    );
  });
}

function factsOf(state: PackageState, names: readonly KubernetesPackage[]): StepFacts {
  return Object.fromEntries(names.map((name) => [name, state.installed[name] ?? '']));
}
