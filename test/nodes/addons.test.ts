import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { localFiles } from '../../src/adapters/files/local-files.ts';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { RunAddon } from '../../src/domain/step.ts';
import { runAddon } from '../../src/steps/run-addon.ts';
import { attempt } from './support/attempt.ts';
import { configFor, hostsFor } from './support/hosts.ts';
import { type KubectlNode, withKubectl } from './support/kubectl.ts';
import { type LabNode, startNode } from './support/node.ts';
import { until } from './support/shell.ts';

const base = inject('base');

const manifest = `apiVersion: v1
kind: ConfigMap
metadata: { name: driver, namespace: kube-system }
data: { greeting: grüße }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: driver, namespace: kube-system }
spec:
  replicas: 1
  selector: { matchLabels: { app: driver } }
  template:
    metadata: { labels: { app: driver } }
    spec: { containers: [{ name: driver, image: registry.example.com/driver:v2 }] }
`;
const rollout = ['kubectl', '-n', 'kube-system', 'rollout', 'status', 'deployment/driver', '--timeout=25s'];

describe.skipIf(base === '')("add-ons by a control plane's own kubectl", () => {
  let node: LabNode;
  let kube: KubectlNode;
  let hosts: RemoteHosts;
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(inject('scratch'), 'addons-'));
    node = await startNode(base, 'kub-addons', 61);
    kube = await withKubectl(node);
    // As on the RHEL family: sudo's own path has nothing of /usr/local, where kubectl is.
    await node.sh(`echo 'Defaults secure_path="/sbin:/bin:/usr/sbin:/usr/bin"' >/etc/sudoers.d/path`);
    hosts = hostsFor([node], await configFor([node]));
  });
  afterAll(async () => {
    hosts?.close();
    await kube?.stop();
    await node?.dispose();
  });

  const handler = () => runAddon({ remoteHostOf: hosts.hostOf, localFiles, clock: systemClock });
  const step = (name: string, input: { action: object; verify?: readonly string[] }) =>
    RunAddon.parse({
      kind: 'run-addon',
      key: `v1.34.9/cluster/after-hop.${name}`,
      input: {
        node: node.name,
        version: 'v1.34.9',
        name,
        when: 'after-hop',
        verify: rollout,
        timeoutSeconds: 20,
        ...input,
      },
    });
  const applying = async (name: string, text: string, serverSide = false) => {
    const path = join(directory, `${name}.yaml`);
    await writeFile(path, text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { kind: 'manifest', path, sha256, serverSide };
  };
  const applies = async () => (await kube.calls()).filter((call) => call.startsWith('apply'));

  test('a manifest is applied once and verified, although the bot dies before and after it had said so', async () => {
    const given = step('driver', { action: await applying('driver', manifest) });
    expect(await handler().observe(given, attempt(1))).toEqual({ status: 'to-do' });
    await handler().act(given, attempt(1));
    expect(await applies()).toHaveLength(1);
    const stored = () => kube.cluster.model.store.get('ConfigMap', 'kube-system', 'driver');
    expect(stored()).toMatchObject({ data: { greeting: 'grüße' } });
    const { resourceVersion } = stored()?.metadata ?? {};

    // A bot that died between the two, then one that died again, then a new attempt: nothing is sent a second time.
    for (const again of [attempt(1), attempt(1), attempt(2)]) await handler().act(given, again);
    expect(await applies()).toEqual([]);
    expect(await handler().verify(given, attempt(2))).toEqual({});
    expect(await handler().observe(given, attempt(2))).toEqual({ status: 'done', facts: {} });
    expect(stored()?.metadata.resourceVersion).toBe(resourceVersion);
  });

  test('on the server side where that is asked for', async () => {
    const given = step('large', { action: await applying('large', manifest, true) });
    await handler().act(given, attempt(1));
    expect(await applies()).toEqual([expect.stringContaining('apply --server-side --force-conflicts -f')]);
    expect(await handler().verify(given, attempt(1))).toEqual({});
  });

  test('a verification that does not pass is told with its last words, and what was applied is not applied again', async () => {
    const verify = ['kubectl', '-n', 'kube-system', 'rollout', 'status', 'deployment/missing'];
    const given = step('missing', { action: await applying('missing', manifest), verify });
    const impatient = { ...given, input: { ...given.input, timeoutSeconds: 15 } };
    await handler().act(impatient, attempt(1));
    await expect(handler().verify(impatient, attempt(1))).rejects.toMatchObject({
      code: 'addons.not-verified',
      lastWords: ['Error from server (NotFound): deployments.apps "missing" not found'],
    });
    expect(await applies()).toHaveLength(1);
    expect(await handler().observe(impatient, attempt(2))).toEqual({ status: 'to-do' });
    await handler().act(impatient, attempt(2));
    expect(await applies()).toEqual([]);
  });

  test('what the API server refuses is told in its words, and tried again from the beginning', async () => {
    const given = step('broken', {
      action: await applying('broken', manifest.replaceAll('kube-system', 'no-such-place')),
    });
    await expect(handler().act(given, attempt(1))).rejects.toMatchObject({
      code: 'addons.command-failed',
      lastWords: expect.arrayContaining([expect.stringContaining('namespaces "no-such-place" not found')]),
    });
    expect(await handler().observe(given, attempt(2))).toEqual({ status: 'to-do' });
    expect(await applies()).toHaveLength(1);
  });

  test('a command runs as root with the administrator of the cluster, and is found again by the next bot', async () => {
    const words = [
      'sh',
      '-c',
      'id -u; kubectl get configmap -n kube-system driver -o name; until [ -e /root/go-on ]; do sleep 0.1; done',
    ];
    const verify = ['test', '-e', '/root/go-on'];
    const given = step('plugin', { action: { kind: 'command', command: words }, verify });
    const lines: string[] = [];
    const first = handler().act(given, {
      ...attempt(1),
      output: (more: readonly string[]) => void lines.push(...more),
    });
    first.catch(() => undefined);
    await until('the command to begin', async () => (lines.length >= 2 ? true : undefined), {
      withinMs: 60_000,
    });
    expect(lines).toEqual(['0', 'configmap/driver']);
    const second = handler().act(given, attempt(1));
    await node.sh('touch /root/go-on');
    await Promise.all([first, second]);
    expect(await kube.calls()).toEqual(['get configmap -n kube-system driver -o name']);
    expect(await handler().verify(given, attempt(1))).toEqual({});
  });
});
