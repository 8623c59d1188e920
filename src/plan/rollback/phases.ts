import type { RunId } from '../../domain/names.ts';
import type { Batch, Phase, PhaseKind, Turn } from '../../domain/plan.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Step } from '../../domain/step.ts';
import { type KubernetesVersion, newest, parseVersion } from '../../domain/version.ts';
import { inBatches, inOrder, zoneMode } from '../phases/batches.ts';
import { beforePhase } from '../phases/phases.ts';
import { stepKey } from '../phases/step-key.ts';
import { workerGroups } from '../phases/worker-groups.ts';
import { workersOf } from '../running.ts';
import { downgradePhase, inOrderBack, reasonOf, restorePhase } from './etcd-phase.ts';
import { hasMachineTurn } from './node-back.ts';
import { apiServersAfter, backupOf, controlPlanesBack, kubeletsAfter, type Sight } from './sight.ts';
import { type Given, machineTurn, savedFile, staticPodsTurn } from './turns.ts';

const clusterTurn = (reason: string, steps: Step[]): Batch => ({
  turns: [{ subject: { kind: 'cluster' }, reason, steps }],
});

function oneByOne(kind: PhaseKind, turns: readonly Turn[]): Phase[] {
  return turns.length === 0 ? [] : [{ kind, batches: turns.map((turn) => ({ turns: [turn] })) }];
}

/**
 * The order of a rollback, the upgrade's mirrored, so that no prefix of it breaks the version skew policy: kubelets of
 * workers, then of control planes, kube-proxy and CoreDNS, and only then the first API server. What was saved of the whole
 * cluster comes back when every control plane has.
 */
export function phasesBack(sight: Sight, basis: string, policy: Policy): Phase[] {
  const given: Given = { sight, scope: sight.destination.version };
  const controlPlanes = inOrderBack(
    sight.nodes.filter(({ node }) => node.role === 'control-plane'),
    sight,
  );
  const { way } = sight;
  return [
    ...before(given, basis, policy),
    ...(way === 'downgrade' ? downgradePhase(controlPlanes, given) : []),
    ...workerPhases(given, policy),
    ...oneByOne(
      'control-plane',
      controlPlanes
        .filter(hasMachineTurn)
        .map((back) => machineTurn(back, 'its kubelet, before any API server is older', given)),
    ),
    ...addonsPhase(given),
    ...(way === 'restore' ? restorePhase(given) : staticPodsPhase(controlPlanes, given)),
    afterPhase(given),
  ];
}

/** Without the API there is less to be saved, and nothing to compare with. */
const savedBlindly: ReadonlySet<Step['kind']> = new Set([
  'back-up-etcd',
  'back-up-external-etcd',
  'back-up-node-files',
]);

/** What is looked at and saved first, so that the way forward stays open, too. */
function before({ sight }: Given, basis: string, policy: Policy): Phase[] {
  const { upgrade, blind, snapshot } = sight;
  const phase = beforePhase(snapshot, basis, policy);
  const batches = phase.batches.flatMap(({ turns }): Batch[] => {
    const left = turns.flatMap((turn): Turn[] => {
      const steps = turn.steps
        .filter(({ kind }) => !blind || savedBlindly.has(kind))
        .map((step) => keeping(step, upgrade.run.id));
      return steps.length === 0 ? [] : [{ ...turn, steps }];
    });
    return left.length === 0 ? [] : [{ turns: left }];
  });
  return batches.length === 0 ? [] : [{ ...phase, batches }];
}

/** A backup makes room by removing old ones: never those that are about to be put back. */
function keeping(step: Step, run: RunId): Step {
  if (step.kind === 'back-up-etcd') return { ...step, input: { ...step.input, keep: [run] } };
  if (step.kind === 'back-up-external-etcd') return { ...step, input: { ...step.input, keep: [run] } };
  return step;
}

/** Workers as an upgrade takes them, without canaries: where they go back to is known to work. */
function workerPhases(given: Given, policy: Policy): Phase[] {
  const { sight } = given;
  const backs = sight.nodes.filter(({ node }) => node.role === 'worker');
  const zones = zoneMode(policy.workers.zones, workersOf(sight.snapshot));
  const groups = workerGroups(
    backs.map(({ node }) => node),
    sight.snapshot,
    policy,
  );
  const batches = groups.flatMap(({ pool, nodes, batch }) =>
    inBatches(inOrder(nodes, policy.nodes, zones), batch, zones).map((members) => ({ pool, members })),
  );
  if (batches.length === 0) return [];
  return [
    {
      kind: 'workers',
      batches: batches.map(
        ({ pool, members }, index): Batch => ({
          turns: members.flatMap(({ name }) => {
            const back = backs.find(({ node }) => node.name === name);
            return back
              ? [machineTurn(back, `batch ${index + 1} of ${batches.length}`, given, pool?.name)]
              : [];
          }),
        }),
      ),
    },
  ];
}

/** By the formal downgrade etcd has gone back by then. */
function staticPodsPhase(controlPlanes: Sight['nodes'], given: Given): Phase[] {
  const { sight } = given;
  const rest = controlPlanes
    .map((back) => (sight.way === 'downgrade' ? { ...back, etcd: false } : back))
    .filter(({ staticPods, etcd }) => staticPods || etcd);
  return oneByOne(
    'control-plane',
    rest.map((back) => staticPodsTurn(back, reasonOf(back.node, sight), given)),
  );
}

/** Whether kube-proxy or CoreDNS are others than before, and the control plane goes back. */
function addonsGoBack({ snapshot, destination }: Sight): boolean {
  const { kubeProxyImage, coreDnsImage } = destination.cluster ?? {};
  const isOther = (was: string | undefined, is: string | undefined) => was !== undefined && was !== is;
  // Of a later hop the images are not known: they are looked at by the step.
  const isKnown = kubeProxyImage !== undefined || coreDnsImage !== undefined;
  return (
    !isKnown ||
    isOther(kubeProxyImage, snapshot.addons.kubeProxyImage) ||
    isOther(coreDnsImage, snapshot.addons.coreDnsImage)
  );
}

/** kube-proxy may not be newer than any kube-apiserver (version skew policy, kube-proxy). */
function addonsPhase({ sight, scope }: Given): Phase[] {
  const goesBack = sight.way === 'restore' || controlPlanesBack(sight).some(({ staticPods }) => staticPods);
  const step = sight.destination.cluster?.step;
  const backup = backupOf(sight, step, 'config-maps', 'addons-before.json');
  const configMaps = backupOf(sight, step, 'config-maps', 'config-maps.json');
  if (!goesBack || sight.blind || !addonsGoBack(sight) || backup === undefined || configMaps === undefined)
    return [];
  const version = addonsVersion(sight);
  return [
    {
      kind: 'addons',
      batches: [
        clusterTurn('kube-proxy may not be newer than any API server', [
          {
            kind: 'restore-addons',
            key: stepKey(scope, 'restore-addons'),
            input: { version, backup: savedFile(backup), configMaps: savedFile(configMaps) },
          },
        ]),
      ],
    },
  ];
}

/** kube-proxy's version at the destination. */
function addonsVersion({ destination }: Sight): KubernetesVersion {
  const tag = destination.cluster?.kubeProxyImage?.split('@')[0]?.split(':').at(-1);
  return (tag === undefined ? undefined : parseVersion(tag)) ?? destination.version;
}

function afterPhase({ sight, scope }: Given): Phase {
  const { destination, snapshot, way } = sight;
  const servers = [...new Set(apiServersAfter(sight).values())].sort();
  const kubelets = kubeletsAfter(sight);
  const looked = way === 'restore' ? snapshot.nodes : sight.nodes.map(({ node }) => node);
  const after: Step[] = [
    ...configMapSteps({ sight, scope }),
    ...(addonsPhase({ sight, scope }).length > 0
      ? [
          {
            kind: 'verify-addons' as const,
            key: stepKey('after', 'verify-addons'),
            input: { version: addonsVersion(sight) },
          },
        ]
      : []),
    {
      kind: 'verify-cluster',
      key: stepKey('after', 'verify-cluster'),
      input: {
        version: newest(servers) ?? destination.version,
        expect: {
          apiServers: servers.length > 0 ? servers : [destination.version],
          kubelets: looked.map(({ name, kubeletVersion }) => ({
            node: name,
            version: kubelets.get(name) ?? kubeletVersion,
          })),
        },
      },
    },
  ];
  return { kind: 'after', batches: [clusterTurn('proves that everything is back', after)] };
}

/**
 * kubeadm's own ConfigMaps, once no control plane is newer. kubeadm-config comes last: as long as it is newer, a rollback
 * that stopped before it knows that there is something left.
 */
function configMapSteps({ sight, scope }: Given): Step[] {
  const { destination, snapshot, way, upgrade, blind } = sight;
  const backup = backupOf(sight, destination.cluster?.step, 'config-maps', 'config-maps.json');
  const was = destination.cluster?.kubeadmConfig;
  const after = apiServersAfter(sight);
  const isWhole = snapshot.nodes
    .filter(({ name }) => upgrade.replaced.has(name))
    .every(
      ({ name }) =>
        after.get(name) === (destination.nodes.get(name)?.at.controlPlane?.apiServer ?? destination.version),
    );
  const isNewer = was !== undefined && snapshot.kubeadm.kubernetesVersion !== was;
  if (way === 'restore' || blind || backup === undefined || !isWhole || !isNewer) return [];
  return [
    {
      kind: 'restore-config-maps',
      key: stepKey(scope, 'restore-config-maps'),
      input: { names: ['kubelet-config', 'kubeadm-config'], backup: savedFile(backup) },
    },
  ];
}
