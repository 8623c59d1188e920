import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { RunId } from '../../src/domain/names.ts';
import { attempt, cluster, drive, run } from '../support/attempts.ts';
import { cp1, stepOf, stepWorld } from '../support/step-world.ts';

const pathIn = (directory: string, name: string) => join(directory, cluster, run, name);

describe('etcd', () => {
  const step = stepOf('back-up-etcd');

  test('is saved, fetched, recorded with its checksum, and gone from the node', async () => {
    const { handlers, node, context, recorded, backupDirectory } = await stepWorld();
    const tried = await attempt(handlers['back-up-etcd'], step, context());
    expect(tried).toMatchObject({ status: 'succeeded', facts: { size: '2 kB' } });
    const path = pathIn(backupDirectory, 'etcd.db');
    expect((await stat(path)).size % 512).toBe(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(recorded).toEqual([
      { kind: 'etcd-snapshot', path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(await readFile(`${path}.sha256`, 'utf8')).toBe(`${recorded[0]?.sha256}  etcd.db\n`);
    const left = node.files.getAllPaths().filter((one) => one.endsWith('.db'));
    expect(left).toEqual([]);
  });

  test('a snapshot that arrived damaged is no backup', async () => {
    const { handlers, node, context, recorded } = await stepWorld();
    const download = node.host.download.bind(node.host);
    Object.assign(node.host, {
      download: async (from: string, to: string) => {
        const file = await download(from, to);
        const content = await readFile(to);
        content[100] = 0;
        await writeFile(to, content);
        return file;
      },
    });
    const tried = await attempt(handlers['back-up-etcd'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'backup.failed', retry: 'transient' } });
    expect((tried as { failure: Error }).failure.message).toContain('checksum');
    expect(recorded).toEqual([]);
  });

  test('a connection that is lost while it is fetched, and a process that is to stop, are no failure of the backup', async () => {
    const { handlers, node, context, recorded } = await stepWorld();
    const lost = new StepFailure('ssh.unreachable', 'cp-1 does not answer.');
    Object.assign(node.host, { download: () => Promise.reject(lost) });
    expect(await attempt(handlers['back-up-etcd'], step, context())).toMatchObject({
      failure: { code: 'ssh.unreachable', retry: 'transient' },
    });
    Object.assign(node.host, { download: () => Promise.reject(new Error('stopping')) });
    await expect(attempt(handlers['back-up-etcd'], step, context(2))).rejects.toThrow('stopping');
    expect(recorded).toEqual([]);
  });

  test('a process that was told to stop while it fetched seals nothing', async () => {
    const { handlers, node, context, recorded, backupDirectory } = await stepWorld();
    const told = context();
    const download = node.host.download.bind(node.host);
    Object.assign(node.host, {
      download: async (from: string, to: string) => {
        told.stop.abort(new Error('stopping'));
        return download(from, to);
      },
    });
    await expect(attempt(handlers['back-up-etcd'], step, told)).rejects.toThrow('stopping');
    expect(recorded).toEqual([]);
    await expect(stat(`${pathIn(backupDirectory, 'etcd.db')}.sha256`)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  test('one that was changed or removed here is taken again', async () => {
    const { handlers, context, backupDirectory } = await stepWorld();
    await attempt(handlers['back-up-etcd'], step, context());
    await writeFile(pathIn(backupDirectory, 'etcd.db'), 'changed');
    expect(await handlers['back-up-etcd'].observe(step, context())).toEqual({ status: 'to-do' });
    await rm(pathIn(backupDirectory, 'etcd.db'));
    expect(await handlers['back-up-etcd'].observe(step, context())).toEqual({ status: 'to-do' });
  });

  test('of a rollback leaves what is to be put back where it is', async () => {
    const { handlers, context, backupDirectory } = await stepWorld();
    const ids = ['old222', 'upg234', 'new444'];
    for (const [age, id] of ids.entries()) {
      await mkdir(join(backupDirectory, cluster, id), { recursive: true });
      await utimes(join(backupDirectory, cluster, id), age, age);
    }
    const keeping = stepOf('back-up-etcd', { keep: [RunId.parse('upg234')] });
    await attempt(handlers['back-up-etcd'], keeping, context());
    // The world keeps two: its own and the newest; the third stays because it was named.
    expect((await readdir(join(backupDirectory, cluster))).toSorted()).toEqual(
      [run, 'new444', 'upg234'].toSorted(),
    );
  });

  test('no container to ask is a passing failure', async () => {
    const { handlers, node, context } = await stepWorld();
    node.state.override = (program, args) =>
      program === 'crictl' && args[0] === 'ps' ? { exitCode: 0, stdout: '' } : undefined;
    const tried = await attempt(handlers['back-up-etcd'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'etcd.unhealthy', retry: 'transient' } });
  });
});

describe("a node's files", () => {
  const step = stepOf('back-up-node-files');

  test('are packed with its repository files', async () => {
    const { handlers, node, context, recorded } = await stepWorld();
    expect(await attempt(handlers['back-up-node-files'], step, context())).toMatchObject({
      status: 'succeeded',
    });
    expect(recorded).toMatchObject([
      { kind: 'node-files', path: expect.stringMatching(/\/nodes\/cp-1\.tar\.gz$/) },
    ]);
    expect(node.files.getAllPaths().filter((path) => path.endsWith('.tar.gz'))).toEqual([]);
  });

  test('show the state before: once sealed they are never taken again', async () => {
    const { handlers, node, context, recorded } = await stepWorld();
    await attempt(handlers['back-up-node-files'], step, context());
    await node.files.writeFile('/var/lib/kubelet/config.yaml', 'changed by the upgrade');
    const again = await attempt(handlers['back-up-node-files'], step, context(2));
    expect(again).toMatchObject({ alreadyDone: true, facts: { sha256: recorded[0]?.sha256 } });
  });

  test('a copy that another process has fetched and removed meanwhile is made anew', async () => {
    const { handlers, node, context } = await stepWorld();
    const download = node.host.download.bind(node.host);
    let missing = true;
    Object.assign(node.host, {
      download: async (from: string, to: string) => {
        if (!missing) return download(from, to);
        missing = false;
        await node.files.rm(from);
        throw new StepFailure('command.failed', `${from} could not be read on cp-1`);
      },
    });
    expect(await drive(() => handlers['back-up-node-files'], step, context)).toMatchObject({
      status: 'succeeded',
    });
  });

  test('a full disk is told as that', async () => {
    const { handlers, node, context } = await stepWorld();
    node.outcomeOfNextAct = {
      status: 'exited',
      code: 2,
      output: 'tar: n.tar.gz.part: Cannot write: No space left on device\n',
    };
    const tried = await attempt(handlers['back-up-node-files'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'node.disk-full', facts: { node: cp1 } } });
  });
});

describe('ConfigMaps', () => {
  const step = stepOf('back-up-config-maps');

  test('are one List that kubectl can apply, and the add-ons are noted beside it', async () => {
    const { handlers, context, backupDirectory } = await stepWorld();
    await attempt(handlers['back-up-config-maps'], step, context());
    const list: unknown = JSON.parse(await readFile(pathIn(backupDirectory, 'config-maps.json'), 'utf8'));
    expect(list).toMatchObject({
      apiVersion: 'v1',
      kind: 'List',
      items: ['kubeadm-config', 'kubelet-config', 'kube-proxy', 'coredns'].map((name) => ({
        kind: 'ConfigMap',
        metadata: { name, namespace: 'kube-system' },
      })),
    });
    expect(JSON.parse(await readFile(pathIn(backupDirectory, 'addons-before.json'), 'utf8'))).toMatchObject({
      coreDns: { available: 2 },
    });
  });

  test('a cluster without kube-proxy has one less; one without kubeadm-config is none of ours', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.configMaps.delete('kube-system/kube-proxy');
    expect(await attempt(handlers['back-up-config-maps'], step, context())).toMatchObject({
      status: 'succeeded',
    });

    const other = await stepWorld();
    other.kubernetes.configMaps.delete('kube-system/kubeadm-config');
    expect(await attempt(other.handlers['back-up-config-maps'], step, other.context())).toMatchObject({
      failure: { code: 'backup.failed', retry: 'halt' },
    });
  });
});
