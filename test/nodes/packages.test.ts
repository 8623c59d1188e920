import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { InstallKubelet } from '../../src/domain/step.ts';
import { MinorVersion } from '../../src/domain/version.ts';
import { type PackageState, readPackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import type { RemoteHost } from '../../src/ports/remote-host.ts';
import { installKubelet } from '../../src/steps/install-packages.ts';
import { attempt, callsNamed } from './support/attempt.ts';
import { kubernetesPackages, type StandIn } from './support/deb.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { gateway } from './support/network.ts';
import { type LabNode, startNode } from './support/node.ts';
import { cutInstallation, slowInstallation } from './support/power-cut.ts';
import { type Repository, startRepository } from './support/repository.ts';
import { until } from './support/shell.ts';

const base = inject('base');
const minor = (text: string) => MinorVersion.parse(text);
const source = '/etc/apt/sources.list.d/kubernetes.list';

describe.skipIf(base === '')('packages of a Debian machine', () => {
  let node: LabNode;
  let repository: Repository;
  let hosts: RemoteHosts;
  let host: RemoteHost;
  beforeAll(async () => {
    repository = await startRepository();
    await repository.publish('1.33', [
      ...kubernetesPackages('1.33.12'),
      ...kubernetesPackages('1.33.13'),
      slow,
    ]);
    await repository.publish('1.34', [
      ...kubernetesPackages('1.34.9'),
      ...kubernetesPackages('1.34.10'),
      ...kubernetesPackages('1.34.10', '2.1'),
    ]);
    node = await startNode(base, 'kub-packages', 21);
    hosts = hostsFor([node], await configFor([node]));
    host = hosts.hostOf(lab, nameOf(node));
    const keyring = repository.keyring.toString('base64');
    await node.sh(`mkdir -p /etc/apt/keyrings; echo ${keyring} | base64 -d >${repository.keyringPath}`);
  });
  afterAll(async () => {
    hosts?.close();
    await node?.dispose();
    await repository?.dispose();
  });
  /** 1.33.13 of all three, held, from the repository of 1.33. */
  beforeEach(async () => {
    // A test that is tried again, or one that failed, must not leave its lock to the next.
    await node.sh(`touch /root/slow-done; cat >${source} <<'X'\n# ours\n${repository.sourceLine('1.33')}X
      export DEBIAN_FRONTEND=noninteractive
      dpkg --configure -a >/dev/null 2>&1
      apt-get -qq update
      apt-get -qq -y --allow-downgrades --allow-change-held-packages install kubeadm=1.33.13-1.1 kubelet=1.33.13-1.1 kubectl=1.33.13-1.1 2>&1
      apt-mark -qq hold kubeadm kubelet kubectl`);
    repository.requests();
  });

  const call = callsNamed('packages');
  const manager = async () => packageManager(host, await readPackageState(host));
  const installed = async () => (await readPackageState(host)).installed;
  const heldAll: PackageState['held'] = ['kubeadm', 'kubectl', 'kubelet'];
  const held = async () => (await readPackageState(host)).held.toSorted();
  const toMinor = async (to: string) => {
    const changed = await (await manager()).switchRepository(minor(to));
    const next = await manager();
    await next.refresh(call());
    return { changed, next };
  };

  test('its state is read', async () => {
    expect(await readPackageState(host)).toMatchObject({
      os: { family: 'debian' },
      installed: { kubeadm: '1.33.13-1.1', kubelet: '1.33.13-1.1', kubectl: '1.33.13-1.1' },
      interrupted: false,
      sources: [{ path: source, mode: '644', content: `# ours\n${repository.sourceLine('1.33')}` }],
    });
    expect(await held()).toEqual(heldAll);
  });

  test('the repository goes to the next minor, and offers each version with its newest revision', async () => {
    const { changed, next } = await toMinor('1.34');
    expect(changed).toEqual([source]);
    expect(await node.sh(`cat ${source}`)).toBe(`# ours\n${repository.sourceLine('1.34')}`);
    expect(await next.offered('kubeadm')).toEqual([
      { version: 'v1.34.9', exact: '1.34.9-1.1' },
      { version: 'v1.34.10', exact: '1.34.10-2.1' },
    ]);
    expect(await next.switchRepository(minor('1.34'))).toEqual([]);
  });

  test('a held package is installed in exactly the version, and held again', async () => {
    const { next } = await toMinor('1.34');
    await next.install(call(), [{ name: 'kubeadm', exact: '1.34.9-1.1' }]);
    expect(await installed()).toEqual({
      kubeadm: '1.34.9-1.1',
      kubelet: '1.33.13-1.1',
      kubectl: '1.33.13-1.1',
    });
    expect(await held()).toEqual(heldAll);
    expect(await node.sh('kubeadm version -o short')).toBe('v1.34.9\n');
  });

  test('another minor is asked without a change on the machine', async () => {
    const state = () =>
      node.sh(`cat ${source}; ls -la --time-style=full-iso /var/lib/apt/lists /var/cache/apt; ls /run`);
    const before = await state();
    expect((await (await manager()).probe(minor('1.34'))).map((offer) => offer.version)).toEqual([
      'v1.34.9',
      'v1.34.10',
    ]);
    expect(await state()).toBe(before);
  });

  test('an older version needs leave, and is then installed and held', async () => {
    const older = [{ name: 'kubelet', exact: '1.33.12-1.1' }] as const;
    await expect((await manager()).install(call(), older)).rejects.toMatchObject({
      code: 'packages.install-failed',
    });
    expect(await held()).toEqual(heldAll);
    await (await manager()).install(call(), older, { allowDowngrade: true });
    expect(await installed()).toMatchObject({ kubelet: '1.33.12-1.1' });
    expect(await held()).toEqual(heldAll);
  });

  test('a rollback takes the kubelet and kubectl back to the older repository, and holds them', async () => {
    const { next } = await toMinor('1.34');
    const exact = '1.34.9-1.1';
    await next.install(call(), [
      { name: 'kubelet', exact },
      { name: 'kubectl', exact },
    ]);
    await toMinor('1.33');
    const handler = installKubelet({ remoteHostOf: hosts.hostOf });
    const step = InstallKubelet.parse({
      kind: 'install-kubelet',
      key: `back/${node.name}/install-kubelet`,
      input: { node: node.name, version: 'v1.33.13', downgrade: true },
    });
    expect(await handler.observe(step, attempt(1))).toEqual({ status: 'to-do' });
    await handler.act(step, attempt(1));
    expect(await handler.verify(step, attempt(1))).toEqual({
      kubelet: '1.33.13-1.1',
      kubectl: '1.33.13-1.1',
    });
    expect(await held()).toEqual(heldAll);
  });

  test('a version that the repository does not have is told, and the holds are there again', async () => {
    const failing = (await manager()).install(call(), [{ name: 'kubeadm', exact: '1.33.99-1.1' }]);
    await expect(failing).rejects.toMatchObject({ code: 'packages.version-missing' });
    expect(await held()).toEqual(heldAll);
    expect(await installed()).toMatchObject({ kubeadm: '1.33.13-1.1' });
  });

  test('a lock that another holds is waited for', async () => {
    await node.sh(
      'rm -f /root/slow-done; systemd-run -q --collect --unit=other-admin apt-get -y install slow',
    );
    await until('the lock to be held', () => node.sh('pgrep -f slow.postinst'), { withinMs: 60_000 });
    const installing = (await manager()).install(call(), [{ name: 'kubeadm', exact: '1.33.12-1.1' }], {
      allowDowngrade: true,
    });
    // For the lock of the archives or, where the other has let go of that already, for dpkg's.
    const waits = () =>
      node.sh('pgrep -fx "sleep 1" || pgrep -f "^apt-get -q -o DPkg::Lock::Timeout=300 check"');
    await until('the bot to wait', waits, { withinMs: 60_000 });
    expect(await installed()).toMatchObject({ kubeadm: '1.33.13-1.1' });
    await node.sh('touch /root/slow-done');
    await installing;
    expect(await installed()).toMatchObject({ kubeadm: '1.33.12-1.1' });
    await node.sh('apt-get -qq -y remove slow 2>&1');
  });

  test('an installation that a power cut interrupts is found, repaired and done by the next attempt', async () => {
    await repository.publish('1.34', [
      ...kubernetesPackages('1.34.9').filter(({ name }) => name !== 'kubelet'),
      { ...slow, name: 'kubelet', version: '1.34.9-1.1' },
    ]);
    await toMinor('1.34');
    const again = await cutInstallation(node, hosts, 'kubelet.postinst');
    expect(await readPackageState(host)).toMatchObject({ interrupted: true, held: ['kubeadm'] });

    expect(await again()).toEqual({ kubelet: '1.34.9-1.1', kubectl: '1.34.9-1.1' });
    expect(await readPackageState(host)).toMatchObject({ interrupted: false });
    expect(await held()).toEqual(heldAll);
  });

  test('a key that is not known or has expired, a repository that is not there and one that cannot be reached are told apart', async () => {
    // For apt 3 a signature stays good that was made before its key expired.
    const apt = Number(/\d+/.exec(await node.sh('apt-get --version'))?.[0]);
    for (const key of apt < 3 ? (['stranger', 'expired'] as const) : (['stranger'] as const)) {
      await repository.publish('1.35', kubernetesPackages('1.35.2'), key);
      await (await manager()).switchRepository(minor('1.35'));
      await expect((await manager()).refresh(call())).rejects.toMatchObject({
        code: 'packages.repository-key-expired',
      });
    }

    await (await manager()).switchRepository(minor('1.36'));
    await expect((await manager()).refresh(call())).rejects.toMatchObject({
      code: 'packages.repository-not-found',
    });
    await expect((await manager()).probe(minor('1.37'))).rejects.toMatchObject({
      code: 'packages.repository-not-found',
    });

    await node.sh(`sed -i 's#http://[^/]*/#http://${gateway()}:9/#' ${source}`);
    await expect((await manager()).refresh(call())).rejects.toMatchObject({
      code: 'packages.repository-unreachable',
      retry: 'transient',
    });
  });
});

/** A package whose installation takes until /root/slow-done is there. */
const slow: StandIn = {
  name: 'slow',
  version: '1.0-1',
  postinst: slowInstallation,
};
