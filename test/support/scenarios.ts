import * as fc from 'fast-check';
import type { UpgradeIntent } from '../../src/domain/intent.ts';
import type { Policy } from '../../src/domain/policy.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { anyPolicy, type NodeOverrides, policyOf, snapshotOf } from './snapshots.ts';

/** A cluster, what is asked of it and what its configuration allows. */
export interface Scenario {
  readonly snapshot: Snapshot;
  readonly intent: UpgradeIntent;
  readonly policy: Policy;
}

const oldestStart = 31;
const patches = ['3', '9'] as const;
const everything = Array.from({ length: 10 }, (_, index) => oldestStart - 3 + index).flatMap((minor) =>
  patches.map((patch) => `1.${minor}.${patch}`),
);

/** One add-on at each moment: what runs there uses the kubectl of a control plane. */
const { addons } = policyOf({
  addons: (['before-hop', 'after-hop', 'after-workers'] as const).map((when) => ({
    name: `net-${when}`,
    when,
    command: ['net', 'upgrade', '{version}'],
    verify: ['net', 'status'],
  })),
});

const numbered = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);

/**
 * Clusters of 1 to 5 control planes and 0 to 12 workers on any of three minors, asked for a patch, a minor or several in
 * hops; kubelets up to three minors behind (of control planes, too), control planes that an earlier upgrade by hand has
 * left ahead, patches that differ, cordons of others, stacked or external etcd.
 */
export const anyScenario: fc.Arbitrary<Scenario> = fc
  .record({
    controlPlanes: fc.constantFrom(1, 2, 3, 4, 5),
    workers: fc.integer({ min: 0, max: 12 }),
    minor: fc.integer({ min: oldestStart, max: oldestStart + 2 }),
    hops: fc.constantFrom(0, 1, 1, 2, 3, 4),
    leader: fc.nat(),
    external: fc.boolean(),
    /** Control planes whose static pods are a minor ahead already. */
    ahead: fc.constantFrom(0, 0, 0, 1, 2),
    behind: fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { minLength: 17, maxLength: 17 }),
    patch: fc.array(fc.constantFrom(...patches), { minLength: 17, maxLength: 17 }),
    cordoned: fc.array(fc.constantFrom('no', 'no', 'no', 'others', 'run'), { minLength: 17, maxLength: 17 }),
    policy: anyPolicy,
    addons: fc.boolean(),
    excluded: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
  })
  .map((given) => {
    const { minor, hops } = given;
    const external = given.external || given.controlPlanes === 2;
    const controls = numbered('cp', given.controlPlanes);
    const workers = numbered('w', given.workers);
    const from = `1.${minor}.3`;
    // A patch upgrade has nothing to finish a minor that is half done.
    const ahead = hops === 0 ? 0 : Math.min(given.ahead, given.controlPlanes - 1);
    const next = version(`1.${minor + 1}.3`);
    const etcdOf = (of: number) => (of >= 34 ? '3.6.5' : '3.5.26');
    const nodes = Object.fromEntries(
      [...controls, ...workers].map((name, index): [string, NodeOverrides] => {
        const behind = given.behind[index] ?? 0;
        const own = `1.${minor - behind}.${behind === 0 ? '3' : (given.patch[index] ?? '3')}`;
        return [
          name,
          {
            kubeletVersion: version(own),
            host: { packages: { kubeadm: own, kubelet: own, kubectl: own } },
            ...(given.cordoned[index] === 'no' ? {} : { unschedulable: true }),
            ...(given.cordoned[index] === 'run' ? { cordonedByRun: 'abc234' } : {}),
            ...(index < ahead
              ? { controlPlane: { apiServer: next, controllerManager: next, scheduler: next } }
              : {}),
          },
        ];
      }),
    );
    const snapshot = snapshotOf({
      version: from,
      offered: everything,
      controlPlanes: controls,
      workers,
      leader: controls[given.leader % controls.length] ?? 'cp-1',
      etcd: etcdOf(minor),
      nodes,
      members: Object.fromEntries(
        controls.slice(0, ahead).map((name) => [name, { version: etcdOf(minor + 1) }]),
      ),
      ...(external ? { external: ['https://10.0.0.5:2379'] } : {}),
    });
    const target = version(hops === 0 ? `1.${minor}.9` : `1.${minor + hops}.9`);
    // What it was made of is enough to read where a property fails; the snapshot itself fills pages.
    const shown = { [fc.toStringMethod]: () => JSON.stringify(given) };
    return {
      ...shown,
      // kubeadm writes its configuration with the first control plane.
      snapshot:
        ahead === 0 ? snapshot : { ...snapshot, kubeadm: { ...snapshot.kubeadm, kubernetesVersion: next } },
      intent: { cluster: snapshot.cluster, target, ...(hops > 1 ? { inHops: true } : {}) },
      policy: {
        ...given.policy,
        ...(given.addons ? { addons } : {}),
        nodes: { ...given.policy.nodes, exclude: given.excluded.map((number) => `w-${number}` as never) },
      },
    };
  });
