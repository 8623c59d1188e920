import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../sandbox/cluster/model/objects.ts';
import { startApiServer } from '../../adapters/kubernetes/support/api-server.ts';
import { createAuthority } from '../../adapters/kubernetes/support/certificates.ts';
import { channel, deeds, restartedWith, type Stage, startStage, toldTo } from './support/stage.ts';

/** What the bot finds when it looks at a world that is not as it should be: it says so, and does nothing. */
describe('a world that is not as it should be', () => {
  let stage: Stage;
  let untouched: string[];
  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 1 } });
    untouched = deeds(stage);
  });
  afterAll(() => stage?.stop());
  afterEach(() => expect(deeds(stage)).toEqual(untouched));

  const planIs = async (expected: RegExp) => {
    const { dana } = stage;
    const ask = () => dana.command(channel, '/k8s-upgrade plan prod-eu 1.34.9');
    return (await toldTo(dana, ask, expected)).plain;
  };

  it('sudo that asks for a password is named with its node', async () => {
    const { faults } = stage.demo.cluster;
    await faults.enable('sudo-refused', { node: 'w-01' });
    expect(await planIs(/stands? in the way|could not look/)).toMatch(/w-01[\s\S]*sudo/);
    await faults.disable('sudo-refused');
  });

  it('a host that known_hosts knows by another key is not talked to', async () => {
    const { knownHostsPath } = stage.demo.cluster;
    const right = readFileSync(knownHostsPath, 'utf8');
    const [first = '', second = ''] = right.trim().split('\n');
    const key = (line: string) => line.split(' ').slice(1).join(' ');
    const place = (line: string) => line.split(' ')[0] ?? '';
    writeFileSync(knownHostsPath, `${place(first)} ${key(second)}\n${place(second)} ${key(first)}\n`);
    await stage.demo.app.stop();
    await stage.demo.app.start();
    const told = await planIs(/stands? in the way|could not look/);
    expect(told).toMatch(/knows other keys of it[\s\S]*somebody stands in between/);
    writeFileSync(knownHostsPath, '');
    await stage.demo.app.stop();
    await stage.demo.app.start();
    expect(await planIs(/stands? in the way|could not look/)).toMatch(/known_hosts/);
    writeFileSync(knownHostsPath, right);
  });

  it('an SSH key that opens nothing is told as that', async () => {
    const path = join(stage.demo.directory, 'cluster', 'other_key');
    const { generateKey } = await import('../../../sandbox/cluster/ssh/keys.ts');
    writeFileSync(path, generateKey('nobody').private, { mode: 0o600 });
    await restartedWith(stage, (config) => {
      const ssh = config['clusters']?.['prod-eu']?.['ssh'];
      if (ssh) ssh['privateKey'] = { file: path };
    });
    expect(await planIs(/stands? in the way|could not look/)).toMatch(/does not let .* in|authentication/);
  });

  it('a node whose name has a shell’s characters is refused and reaches no shell', async () => {
    const { store } = stage.demo.cluster.model;
    const model = store.get<KubeObject>('Node', '', 'w-01');
    if (!model) throw new Error('There is no w-01');
    const name = 'w-02; touch /tmp/pwned; $(reboot)';
    const { uid: _, ...metadata } = model.metadata;
    const strange = { ...structuredClone(model), metadata: { ...structuredClone(metadata), name } };
    store.create(strange);
    const told = await planIs(/could not look at the cluster/);
    store.remove('Node', '', name);
    expect(told).toContain('w-02; touch /tmp/pwned');
    expect(told).toContain('not a DNS subdomain name');
  });

  it('an API server that answers nonsense is told as not to be understood', async () => {
    const authority = await createAuthority('nonsense');
    const nonsense = await startApiServer(authority, () => ({ code: 200, text: '<html>It works!</html>' }));
    const { kubeconfigPath } = stage.demo.cluster;
    const path = join(stage.demo.directory, 'nonsense.kubeconfig');
    const trusted = Buffer.from(authority.certificate).toString('base64');
    const text = readFileSync(kubeconfigPath, 'utf8')
      .replaceAll(/server: .*/g, `server: ${nonsense.url}`)
      .replaceAll(/certificate-authority-data: .*/g, `certificate-authority-data: ${trusted}`);
    writeFileSync(path, text, { mode: 0o600 });
    try {
      await restartedWith(stage, (config) => {
        const kubernetes = config['clusters']?.['prod-eu']?.['kubernetes'];
        if (kubernetes) kubernetes['kubeconfig'] = path;
      });
      expect(await planIs(/could not look at the cluster|There is no/)).not.toMatch(
        /at .*\.ts:|Unexpected token/,
      );
    } finally {
      await nonsense.stop();
    }
  });
});
