import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { MinorVersion } from '../../src/domain/version.ts';
import { readPackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import type { RemoteHost } from '../../src/ports/remote-host.ts';
import { callsNamed } from './support/attempt.ts';
import { kubernetesPackages, type StandIn } from './support/deb.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { type LabNode, startNode } from './support/node.ts';
import { type Repository, startRepository } from './support/repository.ts';
import { until } from './support/shell.ts';

const base = inject('base');
const minor = MinorVersion.parse('1.34');

/** The same three, the kubelet with a file that people may change. */
const packagesWithSettings = (version: string): StandIn[] =>
  kubernetesPackages(version).map((each) =>
    each.name !== 'kubelet'
      ? each
      : {
          ...each,
          files: { ...each.files, 'etc/default/kubelet': `# of ${version}\n` },
          conffiles: ['etc/default/kubelet'],
        },
  );

describe.skipIf(base === '')('packages of odd Debian machines', () => {
  let node: LabNode;
  let repository: Repository;
  let hosts: RemoteHosts;
  let host: RemoteHost;
  beforeAll(async () => {
    repository = await startRepository();
    await repository.publish('1.33', packagesWithSettings('1.33.13'));
    await repository.publish('1.34', packagesWithSettings('1.34.9'));
    node = await startNode(base, 'kub-odd-packages', 72);
    hosts = hostsFor([node], await configFor([node]));
    host = hosts.hostOf(lab, nameOf(node));
    const keyring = repository.keyring.toString('base64');
    await node.sh(`mkdir -p /etc/apt/keyrings; echo ${keyring} | base64 -d >${repository.keyringPath}
      cp -a /etc/apt /root/apt; cp -a /etc/environment /root/environment`);
  });
  afterAll(async () => {
    hosts?.close();
    await node?.dispose();
    await repository?.dispose();
  });
  /** 1.33.13 of all three, held, from the repository of 1.33. */
  beforeEach(async () => {
    await node.sh(`rm -rf /etc/apt; cp -a /root/apt /etc/apt; cp -a /root/environment /etc/environment
      echo '${repository.sourceLine('1.33').trim()}' >/etc/apt/sources.list.d/kubernetes.list
      export DEBIAN_FRONTEND=noninteractive
      dpkg --configure -a >/dev/null 2>&1
      dpkg --purge --force-all kubeadm kubelet kubectl >/dev/null 2>&1
      apt-get -qq update
      apt-get -qq -y install kubeadm kubelet kubectl 2>&1
      apt-mark -qq hold kubeadm kubelet kubectl`);
    repository.requests();
  });

  const call = callsNamed('odd');
  const manager = async () => packageManager(host, await readPackageState(host));
  const install = async () =>
    (await manager()).install(
      call(),
      (['kubeadm', 'kubelet', 'kubectl'] as const).map((name) => ({ name, exact: '1.34.9-1.1' })),
    );
  const toMinor = async () => {
    expect((await (await manager()).probe(minor)).map(({ version }) => version)).toEqual(['v1.34.9']);
    await (await manager()).switchRepository(minor);
    await (await manager()).refresh(call());
    expect(await (await manager()).offered('kubeadm')).toMatchObject([{ exact: '1.34.9-1.1' }]);
  };
  const isUpgraded = async () => {
    const { installed, held, interrupted } = await readPackageState(host);
    const exact = '1.34.9-1.1';
    expect({ installed, held: held.toSorted(), interrupted }).toEqual({
      installed: { kubeadm: exact, kubelet: exact, kubectl: exact },
      held: ['kubeadm', 'kubectl', 'kubelet'],
      interrupted: false,
    });
  };

  const pin = (pins: string, priority: number) =>
    `printf 'Package: kubeadm kubelet kubectl\\nPin: ${pins}\\nPin-Priority: ${priority}\\n' >/etc/apt/preferences.d/kubernetes`;
  const behindProxy = (how: (proxy: string) => string) => () =>
    `
    sed -i 's#http://[^/]*/#http://packages.invalid/#' /etc/apt/sources.list.d/kubernetes.list
    ${how(repository.origin)}`;
  const stanza = (uri: string, more: string) =>
    `Types: deb\\nURIs: ${uri}\\nSuites: ${more}\\nSigned-By: ${repository.keyringPath}\\n\\n`;
  const k8s = (line: string) => `${/http:\S+/.exec(line)?.[0]}`;
  test.each<[string, () => string]>([
    ['pins hold the old version', () => pin('version 1.33.*', 1001)],
    ['pins forbid the new version', () => pin('version 1.34.*', -1)],
    [
      'one deb822 file has several repositories, of which one is away',
      () => `rm /etc/apt/sources.list.d/kubernetes.list
        printf '${stanza('http://127.0.0.1:9/debian', 'bookworm\\nComponents: main')}${stanza(k8s(repository.sourceLine('1.33')), '/')}${stanza('http://127.0.0.1:9/other', '/')}' >/etc/apt/sources.list.d/all.sources`,
    ],
    [
      'the list of all sources has it, and a repository that is away',
      () => `cd /etc/apt && cat sources.list.d/kubernetes.list >>sources.list && rm sources.list.d/kubernetes.list
        echo 'deb http://127.0.0.1:9/debian bookworm main' >>sources.list`,
    ],
    [
      'only a proxy of /etc/environment leads out',
      behindProxy(
        (proxy) => `printf 'PATH=/bin\\nhttp_proxy="${proxy}"\\nNO_PROXY=localhost\\n' >/etc/environment`,
      ),
    ],
    [
      'only a proxy of apt.conf leads out',
      behindProxy((proxy) => `echo 'Acquire::http::Proxy "${proxy}";' >/etc/apt/apt.conf.d/80proxy`),
    ],
    [
      'a hook asks about services to be restarted',
      () =>
        `echo 'DPkg::Post-Invoke {"printf Restart?; read answer || read answer </dev/tty || :";};' >/etc/apt/apt.conf.d/99ask`,
    ],
  ])('are upgraded where %s', async (_, make) => {
    await node.sh(make());
    await toMinor();
    await install();
    await isUpgraded();
  });

  test('are upgraded without a question about settings that people have changed, which stay', async () => {
    await node.sh('echo KUBELET_EXTRA_ARGS=--v=4 >/etc/default/kubelet');
    await toMinor();
    await install();
    await isUpgraded();
    expect(await node.sh('cat /etc/default/kubelet')).toBe('KUBELET_EXTRA_ARGS=--v=4\n');
  });

  test.each([
    ['lists', '/var/lib/apt/lists/lock', 'refresh'],
    ['archives', '/var/cache/apt/archives/lock', 'install'],
  ] as const)('are upgraded once another has let go of the lock of the %s', async (_, lock, step) => {
    const hold = `import fcntl, os, time
f = open("${lock}", "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open("/root/locked", "w")
while not os.path.exists("/root/let-go"): time.sleep(0.1)`;
    const holdLock = async () => {
      await node.sh(`rm -f /root/let-go /root/locked; cat >/root/hold.py <<'X'\n${hold}\nX
        systemd-run -q --collect --unit=apt-daily-odd python3 /root/hold.py`);
      await until('the lock to be held', () => node.sh('cat /root/locked'), { withinMs: 60_000 });
    };
    if (step === 'install') await toMinor();
    else await (await manager()).switchRepository(minor);
    await holdLock();
    const begun = () => node.sh('ls -d /var/lib/k8s-upgrade-bot/odd-*/1/started | wc -l');
    const before = await begun();
    const waiting = step === 'install' ? install() : (await manager()).refresh(call());
    const another = async () => (await begun()) !== before || undefined;
    await until('it to begin', another, { withinMs: 60_000 });
    await node.sh('sleep 5; touch /root/let-go');
    await waiting;
    await toMinor();
    await install();
    await isUpgraded();
  });
});
