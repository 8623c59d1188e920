import { expect, test } from 'vitest';
import { ClusterName } from '../../src/domain/names.ts';
import { Policy } from '../../src/domain/policy.ts';
import { workerGroups } from '../../src/plan/phases/worker-groups.ts';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot.ts';
import { fakeApi, nodeObject, patientClock } from './support/fake-cluster.ts';
import { fakeHost } from './support/fake-host.ts';

test('labels and zones of nodes come as far as the plan’s pools and batches', async () => {
  const zone = 'topology.kubernetes.io/zone';
  const look = await gatherSnapshot({
    cluster: ClusterName.parse('prod-eu'),
    kubernetes: fakeApi({
      listNodes: async () => [
        nodeObject('cp-1'),
        nodeObject('w-1', { labels: { [zone]: 'a' } }),
        nodeObject('w-2', { labels: { [zone]: 'b', pool: 'gpu' } }),
      ],
    }),
    hostOf: (node) => fakeHost(node, {}),
    clock: patientClock(),
  });
  if (look.status !== 'observed') throw new Error(JSON.stringify(look));
  const workers = look.snapshot.nodes.filter(({ name }) => name.startsWith('w-'));
  expect(workers.map((node) => node.zone)).toEqual(['a', 'b']);
  const policy = Policy.parse({ workers: { pools: [{ name: 'gpu', selector: { pool: 'gpu' } }] } });
  const groups = workerGroups(workers, look.snapshot, policy);
  expect(groups.map(({ pool, nodes }) => [pool?.name, nodes.map(({ name }) => name)])).toEqual([
    ['gpu', ['w-2']],
    [undefined, ['w-1']],
  ]);
});
