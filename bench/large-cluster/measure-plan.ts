import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { createKubernetes } from '../../src/adapters/kubernetes/create-kubernetes.ts';
import { ClusterName } from '../../src/domain/names.ts';
import { Policy } from '../../src/domain/policy.ts';
import { MinorVersion, version } from '../../src/domain/version.ts';
import { removedApis } from '../../src/plan/data/removed-apis.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import type { Log } from '../../src/ports/log.ts';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot.ts';
import { fakeHost } from '../../test/snapshot/support/fake-host.ts';
import { recordedOutput } from '../../test/snapshot/support/recordings.ts';
import { peakMemoryMb, report } from '../measurement.ts';
import { size } from './objects.ts';

/**
 * From nothing to a plan for a large cluster: its API over HTTPS from another process, its machines without SSH (they
 * answer at once).
 *
 * @param server the program in large-cluster/ that serves the API: it prints the path of a kubeconfig when it listens,
 *   and ends with its standard input
 * @param pods what a pod is like there, for the table
 */
export async function measurePlan(bench: string, server: string, pods: string): Promise<void> {
  const api = spawn(process.execPath, [path.join(import.meta.dirname, server)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const giveUp = delay(30_000, undefined, { ref: false }).then(() => {
    throw new Error('the API server of the bench did not start');
  });
  const [kubeconfig] = (await Promise.race([once(createInterface(api.stdout), 'line'), giveUp])) as [string];

  const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
  const config = { kubeconfig, endpoints: [], timeoutSeconds: 15 };
  const kubernetes = createKubernetes({ config, clock: systemClock, log: silent });
  const cluster = ClusterName.parse('large');
  const machine = {
    etcd: {
      members: recordedOutput('cluster-1.33.13/etcdctl-member-list-json'),
      status: recordedOutput('cluster-1.33.13/etcdctl-endpoint-status-json'),
      health: recordedOutput('cluster-1.33.13/etcdctl-endpoint-health-json'),
    },
    certificates: recordedOutput('cluster-1.33.13/kubeadm-certs-check-expiration-json'),
    manifests: ['etcd.yaml', 'kube-apiserver.yaml', 'kube-controller-manager.yaml', 'kube-scheduler.yaml'],
    offers: { '1.34': ['1.34.9'] },
  };

  const of = `${size.nodes} nodes, ${size.pods} pods (${pods}), ${size.pdbs} PDBs`;
  const measured = async <Result>(what: string, limit: number | undefined, work: () => Promise<Result>) => {
    const start = performance.now();
    const result = await work();
    const value = (performance.now() - start) / 1000;
    report({ bench, what: `${what}: ${of}`, value, unit: 's', ...(limit ? { limit } : {}) });
    return result;
  };

  try {
    const before = process.cpuUsage();
    const planned = await measured('snapshot and plan', 3, async () => {
      const look = await gatherSnapshot({
        cluster,
        kubernetes,
        hostOf: (node) => fakeHost(node, machine),
        clock: systemClock,
        offeredMinors: [MinorVersion.parse('1.34')],
        survey: { api: kubernetes.survey, removed: removedApis },
      });
      if (look.status !== 'observed') throw new Error(JSON.stringify(look));
      return measured('plan alone', undefined, async () =>
        planUpgrade({ cluster, target: version('1.34.9') }, look.snapshot, Policy.parse({})),
      );
    });
    const { user, system } = process.cpuUsage(before);
    report({ bench, what: `processor time: ${of}`, value: (user + system) / 1e6, unit: 's' });
    if (planned.kind !== 'plan') throw new Error(JSON.stringify(planned.findings.slice(0, 5)));
    report({ bench, what: `peak memory: ${of}`, value: peakMemoryMb(), unit: 'MB', limit: 400 });
  } finally {
    kubernetes.close();
    api.stdin.end();
  }
}
