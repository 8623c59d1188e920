import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { RestartKubelet } from '../../src/domain/step.ts';
import { MinorVersion } from '../../src/domain/version.ts';
import { readPackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import type { RemoteHost } from '../../src/ports/remote-host.ts';
import { restartKubelet } from '../../src/steps/restart-kubelet.ts';
import { fakeKubernetes, nodeObject } from '../support/fake-kubernetes.ts';
import { attempt, callsNamed } from './support/attempt.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { type LabNode, startNode } from './support/node.ts';
import { cutInstallation, slowInstallation } from './support/power-cut.ts';
import { asRhel, type RhelNode } from './support/rhel.ts';
import { until } from './support/shell.ts';

const minor = (text: string) => MinorVersion.parse(text);
const source = '/etc/yum.repos.d/kubernetes.repo';
const exact = (version: string) => `${version}-150500.1.1`;

/** What differs between the two generations, as people at the machine see it. */
const generations = [
  {
    dnf: 4,
    base: inject('base'),
    unexcluded: '--disableexcludes=kubernetes',
    locks: '/etc/dnf/plugins/versionlock.list',
    unlock: ': >/etc/dnf/plugins/versionlock.list',
    cache: '/var/cache/dnf',
    locked: `kubelet-0:${exact('1.34.9')}.*`,
  },
  {
    dnf: 5,
    base: inject('dnf5Base'),
    unexcluded: '--setopt=disable_excludes=kubernetes',
    locks: '/etc/dnf/versionlock.toml',
    unlock: 'rm -f /etc/dnf/versionlock.toml',
    cache: '/var/cache/libdnf5',
    locked: exact('1.34.9'),
  },
] as const;

for (const generation of generations) {
  const { base } = generation;
  describe.skipIf(base === '')(`packages of a machine with dnf ${generation.dnf}`, () => {
    let node: LabNode;
    let rhel: RhelNode;
    let hosts: RemoteHosts;
    let host: RemoteHost;
    beforeAll(async () => {
      node = await startNode(base, `kub-rhel-${generation.dnf}`, 18 + generation.dnf);
      rhel = await asRhel(node);
      await rhel.publish('1.33', ['1.33.12', '1.33.13']);
      await rhel.publish('1.34', ['1.34.9', '1.34.10']);
      hosts = hostsFor([node], await configFor([node]));
      host = hosts.hostOf(lab, nameOf(node));
    });
    afterAll(async () => {
      hosts?.close();
      await node?.dispose();
    });
    /** 1.33.13 of all three, from the repository of 1.33. */
    beforeEach(async () => {
      await node.sh(`cat >${source} <<'X'\n${rhel.repoFile('1.33')}X
      ${generation.unlock}
      dnf -q clean all >/dev/null
      rpm -e --nodeps --allmatches kubeadm kubelet kubectl >/dev/null 2>&1
      dnf -y -q ${generation.unexcluded} install kubeadm-1.33.13 kubelet-1.33.13 kubectl-1.33.13 2>&1`);
    });

    const call = callsNamed('rhel');
    const manager = async () => packageManager(host, await readPackageState(host));
    const toMinor = async (to: string) => {
      const changed = await (await manager()).switchRepository(minor(to));
      const next = await manager();
      await next.refresh(call());
      return { changed, next };
    };
    const old = { kubeadm: exact('1.33.13'), kubelet: exact('1.33.13'), kubectl: exact('1.33.13') };

    test('its state is read, the excludes count as held', async () => {
      expect(await readPackageState(host)).toMatchObject({
        os: { family: 'rhel', name: 'Rocky Linux 9.6' },
        dnf: generation.dnf,
        installed: old,
        held: ['kubeadm', 'kubelet', 'kubectl'],
        versionLocked: [],
        interrupted: false,
        sources: [{ path: source, content: rhel.repoFile('1.33') }],
      });
    });

    test('baseurl and gpgkey go to the next minor, and its versions are on offer', async () => {
      const { changed, next } = await toMinor('1.34');
      expect(changed).toEqual([source]);
      expect(await node.sh(`cat ${source}`)).toBe(rhel.repoFile('1.34'));
      expect(await next.offered('kubeadm')).toEqual([
        { version: 'v1.34.9', exact: exact('1.34.9') },
        { version: 'v1.34.10', exact: exact('1.34.10') },
      ]);
    });

    test('exactly the version is installed in spite of the excludes, nothing else with it', async () => {
      const { next } = await toMinor('1.34');
      await next.install(call(), [{ name: 'kubeadm', exact: exact('1.34.9') }]);
      expect(await readPackageState(host)).toMatchObject({
        installed: { ...old, kubeadm: exact('1.34.9') },
        held: ['kubeadm', 'kubelet', 'kubectl'],
        interrupted: false,
      });
    });

    test('a versionlock is lifted for the installation and set again on what is then installed', async () => {
      await node.sh('dnf -y -q versionlock add kubeadm kubelet kubectl 2>&1');
      const { next } = await toMinor('1.34');
      await next.install(call(), [{ name: 'kubelet', exact: exact('1.34.9') }]);
      expect(await node.sh(`grep -v "^#" ${generation.locks}`)).toContain(generation.locked);
      expect((await readPackageState(host)).versionLocked).toEqual(['kubeadm', 'kubelet', 'kubectl']);
    });

    test('the kubelet that rpm has replaced runs on as it was, until it is restarted and has answered', async () => {
      // Where it tells its health is a setting of its own.
      const health = 'python3 -m http.server --bind 127.0.0.1 --directory /root/health 10333';
      await node.sh(`mkdir -p /root/health /var/lib/kubelet; printf ok >/root/health/healthz
        printf 'healthzPort: 10333\\n' >/var/lib/kubelet/config.yaml
        printf '[Service]\\nExecStart=/bin/sh -c "kubelet --version >/root/told; exec ${health}"\\n' >/etc/systemd/system/kubelet.service
        systemctl daemon-reload; systemctl restart kubelet`);
      const told = () => node.sh('cat /root/told');
      await until('the kubelet to run', told, { withinMs: 60_000 });
      const { next } = await toMinor('1.34');
      await next.install(call(), [{ name: 'kubelet', exact: exact('1.34.9') }]);
      expect(await told()).toBe('Kubernetes v1.33.13\n');

      const kubernetes = fakeKubernetes(systemClock);
      const getNode = async () =>
        nodeObject(node.name, {
          kubeletVersion: (await told()).replace('Kubernetes ', '').trim(),
        });
      const api = { ...kubernetes, getNode, nodeLeaseRenewedAt: async () => Date.now() };
      const handler = restartKubelet({
        kubernetesOf: () => api,
        remoteHostOf: hosts.hostOf,
        clock: systemClock,
      });
      const step = RestartKubelet.parse({
        kind: 'restart-kubelet',
        key: `v1.34.9/${node.name}/restart-kubelet`,
        input: { node: node.name, version: 'v1.34.9' },
      });
      expect(await handler.observe(step, attempt(1))).toEqual({ status: 'to-do' });
      // Times are whole seconds: of a kubelet that was restarted in the second of its installation nobody can tell which it runs.
      const later = () => node.sh('[ "$(date +%s)" -gt "$(stat -c %Z /usr/bin/kubelet)" ]');
      await until('a second later', later, { withinMs: 60_000 });
      await handler.act(step, attempt(1));
      expect(await handler.verify(step, attempt(1))).toEqual({ kubelet: 'v1.34.9' });
      expect(await handler.observe(step, attempt(1))).toMatchObject({ status: 'done' });
      await node.sh('systemctl stop kubelet; rm /etc/systemd/system/kubelet.service');
    });

    test('an older version needs leave, and is then installed', async () => {
      const older = [{ name: 'kubelet', exact: exact('1.33.12') }] as const;
      await expect((await manager()).install(call(), older)).rejects.toMatchObject({
        code: 'packages.install-failed',
      });
      await (await manager()).install(call(), older, { allowDowngrade: true });
      expect(await readPackageState(host)).toMatchObject({
        installed: { ...old, kubelet: exact('1.33.12') },
        interrupted: false,
      });
    });

    test('another minor is asked without a change on the machine', async () => {
      const state = () =>
        node.sh(
          `cat ${source}; find ${generation.cache} -type f -not -name packages.db -printf '%p %s %T@\\n' | sort; ls /run`,
        );
      const before = await state();
      expect((await (await manager()).probe(minor('1.34'))).map(({ version }) => version)).toEqual([
        'v1.34.9',
        'v1.34.10',
      ]);
      expect(await state()).toBe(before);
    });

    test('a version that the repository does not have is told, and the locks are there again', async () => {
      await node.sh('dnf -y -q versionlock add kubeadm kubelet kubectl 2>&1');
      const failing = (await manager()).install(call(), [{ name: 'kubeadm', exact: exact('1.33.99') }]);
      await expect(failing).rejects.toMatchObject({ code: 'packages.version-missing' });
      expect((await readPackageState(host)).versionLocked).toEqual(['kubeadm', 'kubelet', 'kubectl']);
    });

    test('a transaction that a power cut interrupts is found, repaired and done by the next attempt', async () => {
      await rhel.publish('1.34', ['1.34.9'], { post: slowInstallation });
      await toMinor('1.34');
      const again = await cutInstallation(node, hosts, 'rpm-tmp');
      expect(await readPackageState(host)).toMatchObject({ interrupted: true });

      expect(await again()).toEqual({
        kubelet: exact('1.34.9'),
        kubectl: exact('1.34.9'),
      });
      expect(await readPackageState(host)).toMatchObject({ interrupted: false });
      expect(await node.sh('rpm -q kubelet')).toBe(`kubelet-${exact('1.34.9')}.noarch\n`);
      expect(await node.sh('kubelet')).toBe('Kubernetes v1.34.9\n');
    });

    test('a key that does not fit, a repository that is not there and one that cannot be reached are told apart', async () => {
      await rhel.publish('1.35', ['1.35.2'], { signedBy: 'other' });
      await (await manager()).switchRepository(minor('1.35'));
      await expect((await manager()).refresh(call())).rejects.toMatchObject({
        code: 'packages.repository-key-expired',
      });
      await (await manager()).switchRepository(minor('1.36'));
      await expect((await manager()).refresh(call())).rejects.toMatchObject({
        code: 'packages.repository-not-found',
      });
      await node.sh(`sed -i 's#http://[^/]*/#http://127.0.0.1:9/#' ${source}`);
      await expect((await manager()).refresh(call())).rejects.toMatchObject({
        code: 'packages.repository-unreachable',
        retry: 'transient',
      });
    });
  });
}
