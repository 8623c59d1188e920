import { StepFailure } from '../domain/failure.ts';
import type { SwitchRepository } from '../domain/step.ts';
import { type MinorVersion, minorOf } from '../domain/version.ts';
import { type PackageState, readPackageState } from '../node/packages/package-state.ts';
import { minorsIn } from '../node/packages/repository-text.ts';
import { packageManager } from '../node/packages.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import type { StepDependencies } from './dependencies.ts';

/** Puts the node's Kubernetes repositories on the release line and fetches their lists, and those of no other source. */
export function switchRepository(
  deps: Pick<StepDependencies, 'remoteHostOf'>,
): StepHandler<SwitchRepository> {
  /** What observing read in this attempt: nothing changes until acting, which comes next. */
  const seen = new WeakMap<AttemptContext, PackageState>();

  return {
    async observe(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      const state = await readPackageState(host);
      seen.set(context, state);
      return (await problemOf(host, state, step.input.minor)) === undefined
        ? { status: 'done', facts: { repository: `v${step.input.minor}` } }
        : { status: 'to-do' };
    },
    async act(step, context) {
      const host = deps.remoteHostOf(context.cluster, step.input.node);
      const state = seen.get(context) ?? (await readPackageState(host));
      await packageManager(host, state).switchRepository(step.input.minor);
      await packageManager(host, state).refresh(
        actCall(context, step, context.policy.timeouts.packagesSeconds),
      );
    },
    async verify(step, context) {
      const { node, minor } = step.input;
      const host = deps.remoteHostOf(context.cluster, node);
      const problem = await problemOf(host, await readPackageState(host), minor);
      if (problem === undefined) return { repository: `v${minor}` };
      throw new StepFailure('packages.version-missing', `${node}: ${problem}.`, { facts: { node, minor } });
    },
  };
}

async function problemOf(
  host: RemoteHost,
  state: PackageState,
  minor: MinorVersion,
): Promise<string | undefined> {
  const minors = state.sources.flatMap(({ path, content }) => minorsIn(path, content));
  if (minors.length === 0) return 'it has no package repository of Kubernetes';
  if (minors.some((other) => other !== minor)) return `its repository is on v${minors.join(', v')}`;
  const offers = await packageManager(host, state).offered('kubeadm');
  return offers.some(({ version }) => minorOf(version) === minor)
    ? undefined
    : `its repository offers no kubeadm of v${minor}`;
}
