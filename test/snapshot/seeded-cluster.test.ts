import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCluster, startCluster } from '../../sandbox/cluster/index.ts';
import { apiSeeds } from '../../sandbox/cluster/seeds/api.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { createKubernetes } from '../../src/adapters/kubernetes/create-kubernetes.ts';
import { ClusterName } from '../../src/domain/names.ts';
import { Snapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { removedApis } from '../../src/plan/data/removed-apis.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot.ts';
import { createTestLog } from '../adapters/kubernetes/support/setup.ts';
import { policyOf } from '../support/snapshots.ts';
import { fakeHost } from './support/fake-host.ts';

const cluster = ClusterName.parse('seeded');
/** The code that each seed promises in its description. */
const promised = apiSeeds.map(({ name, description }) => [
  name,
  /\(([a-z.-]+)\)$/.exec(description)?.[1] ?? '',
]);
const codes = new Set(promised.map(([, code]) => code));

/** The real adapter and the checks against a simulated cluster with every problem that its API can show. */
describe('a cluster with every seed of its API', () => {
  let directory: string;
  let sandbox: SandboxCluster;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'seeded-cluster-'));
    sandbox = await startCluster({
      name: 'seeded',
      controlPlanes: 3,
      workers: 3,
      version: 'v1.33.13',
      offered: ['1.33.13', '1.34.9'],
      timeScale: 60,
      directory,
      seeds: apiSeeds.map(({ name, parameters }) => ({
        name,
        parameters: parameters.length > 0 ? { node: 'w-02' } : {},
      })),
    });
  }, 30_000);
  afterAll(async () => {
    await sandbox.stop();
    await rm(directory, { recursive: true });
  });

  it('is found out, and nothing else is said of its API', async () => {
    const endpoints = Object.values(sandbox.apiPorts.nodes).map((port) => `https://127.0.0.1:${port}`);
    const kubernetes = createKubernetes({
      config: { kubeconfig: sandbox.kubeconfigPath, endpoints, timeoutSeconds: 5 },
      clock: systemClock,
      log: createTestLog(),
    });
    const look = await gatherSnapshot({
      cluster,
      kubernetes,
      hostOf: (node) => fakeHost(node, {}),
      clock: systemClock,
      survey: { api: kubernetes.survey, removed: removedApis },
    });
    kubernetes.close();
    if (look.status !== 'observed') throw new Error(JSON.stringify(look));
    const snapshot = Snapshot.parse(look.snapshot);
    expect(snapshot.apiUses).toHaveLength(3);
    expect(snapshot.gaps.filter(({ what }) => !/etcd|certificates/.test(what))).toEqual([]);

    const { findings } = planUpgrade({ cluster, target: version('1.34.9') }, snapshot, policyOf());
    const found = new Set(findings.map(({ code }) => code));
    expect(promised.filter(([, code]) => !found.has(code ?? ''))).toEqual([]);
    const ofApi = [...found].filter((code) => /^(api|crd|webhook|pdb|alerts|custom)\./.test(code));
    expect(ofApi.filter((code) => !codes.has(code))).toEqual([]);
    const summary = (code: string) => findings.find((finding) => finding.code === code)?.summary;
    expect(summary('api.removed-in-use')).toMatch(
      /^admissionregistration.k8s.io\/v1beta1 validatingadmissionpolicies, which 1.34 no longer serves, is in use: written 21 times, listed 864 times, watched 36 times since \S+ \S+ UTC \(3 of 3 API servers asked\)\.$/,
    );
    expect(summary('api.removed-in-helm-release')).toContain('guard (guard/guard)');
    expect(summary('drain.no-room')).toBe('While w-02 is drained, no other node takes 2 pods of theirs.');
  });
});
