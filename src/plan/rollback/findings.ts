import type { Finding } from '../../domain/finding.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/rollback.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import { minorNumber, newest, oldest } from '../../domain/version.ts';
import { bySeverity, nodeObjects, when } from '../checks/check.ts';
import { etcdMembersOf } from '../running.ts';
import { count, forms, listOf } from '../text.ts';
import { kubeletMinorsBehind } from '../way/legs.ts';
import { apiServersAfter, controlPlanesBack, kubeletsAfter, type Sight } from './sight.ts';
import { failing } from './ways.ts';

const names = (nodes: readonly Pick<NodeSnapshot, 'name'>[]) => listOf(nodes.map(({ name }) => name));

/** What speaks against a rollback, or has to be known of it, beyond its verdict. Blockers first. */
export function findingsBack(sight: Sight, verdict: Verdict, policy: Policy): Finding[] {
  return bySeverity([
    ...closedWay(sight, verdict),
    ...blindness(sight),
    ...skewAfter(sight),
    ...unreachable(sight),
    ...quorum(sight),
    ...pods(sight, policy),
    ...budgets(sight),
    ...unknownChecks(verdict),
    ...addonsStay(sight),
    ...cordons(sight),
    ...gaps(sight),
  ]);
}

function closedWay({ snapshot, upgrade }: Sight, verdict: Verdict): Finding[] {
  if (verdict.kind !== 'impossible') return [];
  return verdict.reasons.map(
    (summary): Finding => ({
      code: 'rollback.impossible',
      severity: 'blocker',
      objects: [{ kind: 'Cluster', name: snapshot.cluster }],
      summary,
      facts: Object.fromEntries(failing(verdict.checks).map(({ code, detail }) => [code, detail])),
      remedy: `Put that right and ask again, choose another way, or go by the runbook of run ${upgrade.run.id} by hand.`,
    }),
  );
}

/** Where no API server answers only what brings one back can be done, and the rest is planned anew then. */
function blindness({ blind, snapshot, upgrade }: Sight): Finding[] {
  return when(blind, () => ({
    code: 'rollback.api-first',
    severity: 'warning' as const,
    objects: [{ kind: 'Cluster', name: snapshot.cluster }],
    summary:
      'No API server answers: this brings the control plane back by what the machines tell over SSH. Kubelets, add-ons and ' +
      'ConfigMaps follow in a second rollback, planned when one answers.',
    facts: { run: upgrade.run.id },
    remedy: 'When it is through, ask for the rollback of the same run again.',
  }));
}

/** The version skew policy at the end of it. On the way the order of the steps keeps it. */
function skewAfter(sight: Sight): Finding[] {
  const { snapshot } = sight;
  const servers = [...apiServersAfter(sight).values()];
  const lowest = oldest(servers);
  const highest = newest(servers);
  if (lowest === undefined || highest === undefined) return [];
  const kubelets = kubeletsAfter(sight);
  const minorAfter = (node: NodeSnapshot) => minorNumber(kubelets.get(node.name) ?? node.kubeletVersion);
  const goesBack = controlPlanesBack(sight).length > 0;
  const ahead = snapshot.nodes.filter((node) => goesBack && minorAfter(node) > minorNumber(lowest));
  const behind = snapshot.nodes.filter(
    (node) => minorAfter(node) < minorNumber(highest) - kubeletMinorsBehind,
  );
  return [
    ...when(ahead.length > 0, () => ({
      code: 'rollback.kubelets-first',
      // Without any API server there is none that they could be newer than; they go back as soon as one answers.
      severity: sight.blind ? ('warning' as const) : ('blocker' as const),
      objects: nodeObjects(ahead),
      summary: `${forms(ahead, 'The kubelet', 'The kubelets')} of ${names(ahead)} would be newer than the API servers of ${lowest}.`,
      facts: Object.fromEntries(
        ahead.map((node) => [node.name, kubelets.get(node.name) ?? node.kubeletVersion]),
      ),
      remedy:
        'Take everything back, or those nodes first. A node that the run did not touch goes back with the run that took it up.',
    })),
    ...when(minorNumber(highest) - minorNumber(lowest) > 1, () => ({
      code: 'skew.api-servers-apart',
      severity: 'blocker' as const,
      objects: [{ kind: 'Cluster', name: snapshot.cluster }],
      summary: `API servers would stand apart by more than one minor: ${lowest} and ${highest}.`,
      facts: { oldest: lowest, newest: highest },
      remedy: 'Take all control planes back together.',
    })),
    ...when(behind.length > 0, () => ({
      code: 'skew.kubelet-too-old',
      severity: 'blocker' as const,
      objects: nodeObjects(behind),
      summary: `${forms(behind, 'The kubelet', 'The kubelets')} of ${names(behind)} would be more than ${kubeletMinorsBehind} minors older than ${highest}.`,
      facts: Object.fromEntries(
        behind.map((node) => [node.name, kubelets.get(node.name) ?? node.kubeletVersion]),
      ),
      remedy: 'Take the control planes back, too.',
    })),
  ];
}

/** A machine that something is done on has to be reached; one that stays newer would end up ahead of the API servers. */
function unreachable(sight: Sight): Finding[] {
  const { nodes, way, snapshot, upgrade } = sight;
  const back = new Set(nodes.map(({ node }) => node.name));
  const lost = snapshot.nodes.filter(
    (node) =>
      node.host.status === 'unreachable' &&
      (back.has(node.name) ||
        way === 'restore' ||
        (upgrade.changed.has(node.name) && isInScope(sight, node))),
  );
  const reasons = lost.map(
    ({ name, host }) => [name, host.status === 'unreachable' ? host.reason : ''] as const,
  );
  return when(lost.length > 0, () => ({
    code: 'ssh.unreachable',
    severity: 'blocker' as const,
    objects: nodeObjects(lost),
    summary: `SSH does not get to ${names(lost)}: ${reasons[0]?.[1] ?? 'no reason given'}`,
    facts: Object.fromEntries(reasons),
    remedy: 'Log in there by hand from where the bot runs; or choose nodes that can be reached.',
  }));
}

function isInScope({ scope }: Sight, { name, role }: NodeSnapshot): boolean {
  if (scope.kind === 'nodes') return scope.nodes.includes(name);
  return scope.kind === 'all' || (scope.kind === 'workers') === (role === 'worker');
}

/** Where members of etcd restart one by one the others have to carry it. */
function quorum(sight: Sight): Finding[] {
  const members = etcdMembersOf(sight.snapshot);
  if (sight.way === 'restore' || !sight.nodes.some(({ etcd }) => etcd) || members.length < 2) return [];
  const going = new Set<string>(sight.nodes.filter(({ etcd }) => etcd).map(({ node }) => node.name));
  // A member that is down for being half-upgraded is what goes back; all the others have to be well.
  const sick = members.filter(({ healthy, node }) => !healthy && !(node !== undefined && going.has(node)));
  const down = members.filter(({ healthy }) => !healthy).length;
  return when(sick.length > 0 || members.length - Math.max(down, 1) <= members.length / 2, () => ({
    code: 'etcd.no-quorum-margin',
    severity: 'blocker' as const,
    objects: members.map(({ name }) => ({ kind: 'EtcdMember', name })),
    summary: `Of ${count(members.length, 'etcd member')} ${down} ${down === 1 ? 'is' : 'are'} not healthy: while one restarts there would be no majority.`,
    facts: { members: String(members.length), unhealthy: String(down) },
    remedy: 'Mend the members first; or restore the snapshot, if they cannot be mended.',
  }));
}

function pods({ nodes }: Sight, { drain }: Policy): Finding[] {
  const drained = nodes.filter(({ kubelet }) => kubelet).map(({ node }) => node);
  const lost = drained.flatMap((node) => node.pods.unmanaged.map((pod) => `${pod} on ${node.name}`));
  const data = drained.flatMap((node) => node.pods.emptyDir.map((pod) => `${pod} on ${node.name}`));
  return [
    ...when(lost.length > 0, () => ({
      code: 'drain.unmanaged-pods',
      severity: drain.deleteUnmanagedPods ? ('warning' as const) : ('blocker' as const),
      objects: nodeObjects(drained.filter((node) => node.pods.unmanaged.length > 0)),
      summary: `${count(lost.length, 'pod')} without a controller would not come back: ${listOf(lost)}.`,
      facts: { pods: String(lost.length) },
      remedy: 'Delete them by hand or give them a controller; or set policy.drain.deleteUnmanagedPods.',
    })),
    ...when(data.length > 0 && !drain.deleteEmptyDirData, () => ({
      code: 'drain.empty-dir-data',
      severity: 'blocker' as const,
      objects: nodeObjects(drained.filter((node) => node.pods.emptyDir.length > 0)),
      summary: `${count(data.length, 'pod')} would lose emptyDir data: ${listOf(data)}.`,
      facts: { pods: String(data.length) },
      remedy: 'Move the data to a volume, or set policy.drain.deleteEmptyDirData.',
    })),
  ];
}

function budgets({ nodes, snapshot }: Sight): Finding[] {
  const drained = new Set<string>(nodes.filter(({ kubelet }) => kubelet).map(({ node }) => node.name));
  return snapshot.pdbs.flatMap((pdb): Finding[] => {
    const waiting = pdb.nodes.filter((node) => drained.has(node));
    if (pdb.disruptionsAllowed > 0 || waiting.length === 0) return [];
    return [
      {
        code: 'pdb.blocks-now',
        severity: 'warning',
        objects: [{ kind: 'PodDisruptionBudget', namespace: pdb.namespace, name: pdb.name }],
        summary: `PDB ${pdb.namespace}/${pdb.name} allows 0 disruptions now (needs ${pdb.desiredHealthy}, has ${pdb.currentHealthy}): ${listOf(waiting)} will wait.`,
        facts: { desiredHealthy: String(pdb.desiredHealthy), currentHealthy: String(pdb.currentHealthy) },
        remedy: 'Scale its workload up or mend its pods; the drain waits for that.',
      },
    ];
  });
}

function unknownChecks({ checks }: Verdict): Finding[] {
  return checks
    .filter(({ state, code }) => state === 'unknown' || (state === 'fails' && code === 'crds'))
    .map(
      ({ code, detail }): Finding => ({
        code: 'rollback.unproven',
        severity: 'warning',
        objects: [{ kind: 'Check', name: code }],
        summary: detail,
        facts: { check: code },
        remedy: 'Look at it by hand before approving, or make it visible and ask again.',
      }),
    );
}

/** What was configured beside kubeadm has no way back that is known here. */
function addonsStay({ upgrade, snapshot }: Sight): Finding[] {
  const run = new Set<string>();
  for (const step of upgrade.run.plan.phases.flatMap(({ batches }) =>
    batches.flatMap(({ turns }) => turns),
  )) {
    for (const one of step.steps) {
      if (one.kind === 'run-addon' && upgrade.run.steps.has(one.key)) run.add(one.input.name);
    }
  }
  return when(run.size > 0, () => ({
    code: 'rollback.add-ons-stay',
    severity: 'warning' as const,
    objects: [{ kind: 'Cluster', name: snapshot.cluster }],
    summary: `Configured add-ons that the run rolled out stay as they are: ${listOf([...run])}.`,
    facts: {},
    remedy: 'See that they run beside the older version, or take them back by their own means.',
  }));
}

function cordons({ nodes }: Sight): Finding[] {
  const others = nodes
    .filter(({ node, cordoned }) => node.unschedulable && !cordoned)
    .map(({ node }) => node);
  return when(others.length > 0, () => ({
    code: 'node.cordoned-by-others',
    severity: 'warning' as const,
    objects: nodeObjects(others),
    summary: `Cordoned by somebody else: ${names(others)}. They go back where needed and stay cordoned.`,
    facts: {},
    remedy: 'Ask who cordoned them; uncordon them if they are to take pods again.',
  }));
}

function gaps({ snapshot }: Sight): Finding[] {
  return snapshot.gaps
    .filter(({ optional }) => optional !== true)
    .map(
      ({ what, why }): Finding => ({
        code: 'snapshot.gap',
        severity: 'warning',
        objects: [{ kind: 'Cluster', name: snapshot.cluster }],
        summary: `Could not be looked at: ${what} (${why}).`,
        facts: { what, why },
        remedy: 'Make it visible and ask again, or approve knowing that nothing was checked there.',
      }),
    );
}
