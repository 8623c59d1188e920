import { StepFailure } from '../../domain/failure.ts';
import type { EnableEtcdDowngrade } from '../../domain/step.ts';
import type { MinorVersion } from '../../domain/version.ts';
import { readExited } from '../../node/command.ts';
import { type EtcdState, enableDowngradeCommand, readEtcd } from '../../node/etcd.ts';
import { lastWords } from '../../node/last-words.ts';
import type { StepHandler } from '../../ports/step-handler.ts';
import type { StepDependencies } from '../dependencies.ts';
import { etcdWhole, readEtcdTolerantly } from '../etcd-health.ts';
import { type Look, met, notYet, waitUntil } from '../wait-until.ts';

/** An unhealthy member is not worth waiting for any longer; etcd refuses a downgrade without it. */
const wholeMs = 60_000;

/**
 * Enables etcd's formal downgrade and waits until every member keeps its data as the older minor does: recorded, ten
 * seconds. From then on a member may be started as the older minor.
 */
export function enableEtcdDowngrade(
  deps: Pick<StepDependencies, 'remoteHostOf' | 'clock'>,
): StepHandler<EnableEtcdDowngrade> {
  return {
    async observe({ input: { node, minor } }, context) {
      const looked = storageLook(await readEtcd(deps.remoteHostOf(context.cluster, node)), minor);
      return looked.status === 'met' ? { status: 'done', facts: looked.value } : { status: 'to-do' };
    },

    async act({ input: { node, minor } }, context) {
      const host = deps.remoteHostOf(context.cluster, node);
      const options = { clock: deps.clock, signal: context.signal, timeoutMs: wholeMs };
      if (isUnderWay(await etcdWhole(host, options), minor)) return;
      const outcome = await readExited(host, enableDowngradeCommand(minor), {
        purpose: "enabling etcd's downgrade",
        timeoutSeconds: 60,
      });
      // Enabled just now by a call whose answer was lost: etcd refuses a second one.
      if (outcome.code === 0 || isUnderWay(await readEtcd(host), minor)) return;
      throw new StepFailure('etcd.downgrade-refused', `etcd refuses to go back to ${minor}.`, {
        facts: { node, minor },
        lastWords: lastWords(`${outcome.stdout}\n${outcome.stderr}`),
      });
    },

    async verify({ input: { node, minor } }, context) {
      const host = deps.remoteHostOf(context.cluster, node);
      const seconds = context.policy.timeouts.controlPlaneReadySeconds;
      const waited = await waitUntil(
        async () => {
          const state = await readEtcdTolerantly(host);
          return state ? storageLook(state, minor) : notYet('etcd does not answer');
        },
        { clock: deps.clock, signal: context.signal, timeoutMs: seconds * 1_000 },
      );
      if (waited.status === 'met') return waited.value;
      throw new StepFailure(
        'etcd.downgrade-refused',
        `etcd's members do not keep their data as ${minor} does after ${seconds} s: ${waited.why}.`,
        { facts: { node, minor } },
      );
    },
  };
}

const isUnderWay = ({ members }: EtcdState, minor: MinorVersion): boolean =>
  members.some(({ downgradeTo }) => downgradeTo?.startsWith(`${minor}.`));

/** A member that runs the older minor already does not tell the format of its data: it has no other. */
function storageLook({ members }: EtcdState, minor: MinorVersion): Look<Record<string, string>> {
  const isOld = (version: string | undefined) => version?.startsWith(`${minor}.`) === true;
  const other = members.find(({ version, storageVersion }) => !isOld(version) && !isOld(storageVersion));
  return other
    ? notYet(`${other.name || other.id} keeps it as ${other.storageVersion ?? other.version}`)
    : met({ storage: `${minor}, ${members.length} of ${members.length} members` });
}
