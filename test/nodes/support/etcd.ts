import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { LabNode } from './node.ts';
import { run, until } from './shell.ts';

const pki = '/etc/kubernetes/pki/etcd';
const tls = `--cacert=${pki}/ca.crt --cert=${pki}/healthcheck-client.crt --key=${pki}/healthcheck-client.key`;

/** Runs etcdctl on a node, asking its own member. */
export const etcdctl = (node: LabNode, args: string) =>
  node.sh(`ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 ${tls} ${args}`);

/** How often each gRPC method was asked of the members, all together, since they started. */
export async function timesAsked(nodes: readonly LabNode[]): Promise<Record<string, number>> {
  const texts = await Promise.all(
    nodes.map((node) =>
      node.sh(`curl -sf --cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt \\
        --key ${pki}/healthcheck-client.key https://127.0.0.1:2379/metrics | grep ^grpc_server_started_total`),
    ),
  );
  const times: Record<string, number> = {};
  for (const [, method = '', count] of texts.join('').matchAll(/grpc_method="(\w+)".*\} (\S+)/g)) {
    times[method] = (times[method] ?? 0) + Number(count);
  }
  return times;
}

/** The members as `--initial-cluster` has them. */
const membersOf = (nodes: readonly LabNode[]) =>
  nodes.map((node) => `${node.name}=https://${node.address}:2380`).join(',');

/**
 * Makes nodes the members of one etcd cluster, Debian's etcd with certificates and a manifest where kubeadm has them. A
 * small program stands in for crictl: "the container" is the service.
 */
export async function formEtcdCluster(nodes: readonly LabNode[]): Promise<void> {
  const certificates = await makeCertificates(nodes.map((node) => node.address));
  const members = membersOf(nodes);
  await Promise.all(nodes.map((node) => configure(node, certificates, members)));
  await start(nodes);
}

/** More than a cluster writes between a snapshot and its return, and what etcd's own documentation gives. */
export const revisionBump = 1_000_000_000;

/**
 * Puts a cluster back to a snapshot as people do by hand: all members stopped, their data moved aside, the same file
 * restored on every node, all started. Revisions are bumped and the old ones compacted, or whoever watches the cluster
 * would take its caches for newer than what was restored (etcd: disaster recovery, "revision difference").
 */
export async function restoreEtcdCluster(nodes: readonly LabNode[], snapshot: Uint8Array): Promise<void> {
  await Promise.all(nodes.map((node) => node.sh('systemctl stop lab-etcd')));
  const members = membersOf(nodes);
  const restore = async (node: LabNode) => {
    await writeFile(join(node.root, 'root/snapshot.db'), snapshot, { mode: 0o600 });
    const flags = [
      '--data-dir=/var/lib/etcd',
      `--name=${node.name}`,
      `--initial-cluster=${members}`,
      '--initial-cluster-token=restored',
      `--initial-advertise-peer-urls=https://${node.address}:2380`,
      `--bump-revision=${revisionBump}`,
      '--mark-compacted',
    ];
    await node.sh(
      `mv /var/lib/etcd /var/lib/etcd.aside && etcdutl snapshot restore /root/snapshot.db ${flags.join(' ')}`,
    );
  };
  await Promise.all(nodes.map(restore));
  await start(nodes);
}

async function start(nodes: readonly LabNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.sh('systemctl start lab-etcd')));
  const [first] = nodes;
  if (first)
    await until('etcd', () => etcdctl(first, 'endpoint health --cluster'), {
      withinMs: 60_000,
      everyMs: 500,
    });
}

const manifest = '/etc/kubernetes/manifests/etcd.yaml';

/** "The container" is the service, and every start of it is another pod. */
const crictl = `#!/bin/sh
runs() { [ "$(systemctl show -p MainPID --value lab-etcd)" != 0 ]; }
case "$1 $*" in
  images*) echo sha256:etcd ;;
  ps*json*)
    if runs; then
      uid=$(systemctl show -p InvocationID --value lab-etcd)
      echo '{"containers":[{"image":{"image":"sha256:etcd"},"labels":{"io.kubernetes.pod.uid":"'$uid'"}}]}'
    fi ;;
  ps*) if runs; then echo 0123456789abc; fi ;;
  logs*) journalctl -u lab-etcd -n 20 -o cat ;;
  exec*) shift 2; ETCDCTL_API=3 exec "$@" ;;
esac
`;

/** From now on etcd runs while its manifest is there, and stops when it is taken away. */
export const startKubelet = (node: LabNode) => node.sh('systemctl start lab-kubelet');

async function configure(node: LabNode, certificates: Map<string, string>, members: string): Promise<void> {
  const flags = [
    `--name=${node.name}`,
    '--data-dir=/var/lib/etcd',
    `--listen-client-urls=https://127.0.0.1:2379,https://${node.address}:2379`,
    `--advertise-client-urls=https://${node.address}:2379`,
    `--listen-peer-urls=https://${node.address}:2380`,
    `--initial-advertise-peer-urls=https://${node.address}:2380`,
    `--initial-cluster=${members}`,
    '--client-cert-auth=true',
    '--peer-client-cert-auth=true',
    `--trusted-ca-file=${pki}/ca.crt`,
    `--peer-trusted-ca-file=${pki}/ca.crt`,
    ...['', 'peer-'].flatMap((who) => [
      `--${who}cert-file=${pki}/server.crt`,
      `--${who}key-file=${pki}/server.key`,
    ]),
  ];
  const files: Record<string, string> = {
    [manifest]: [
      'spec:',
      '  containers:',
      '  - command:',
      '    - etcd',
      ...flags.map((flag) => `    - ${flag}`),
      '    image: registry.k8s.io/etcd:3.5.16-0',
      '    name: etcd',
      '',
    ].join('\n'),
    '/etc/systemd/system/lab-etcd.service': [
      '[Unit]',
      'StartLimitIntervalSec=0',
      '[Service]',
      'Type=notify',
      'TimeoutStartSec=60',
      // As a kubelet does: at boot etcd may be sooner than the network, and cannot listen at the node's address yet.
      'Restart=always',
      'RestartSec=1',
      `ExecStart=/usr/bin/etcd ${flags.join(' ')}`,
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ].join('\n'),
    '/usr/local/bin/crictl': crictl,
    // What a kubelet does about the one static pod, once a second.
    '/etc/systemd/system/lab-kubelet.service': [
      '[Service]',
      `ExecStart=/bin/sh -c 'while sleep 1; do if [ -e ${manifest} ]; then systemctl start --no-block lab-etcd; else systemctl stop lab-etcd; fi; done'`,
      '',
    ].join('\n'),
  };
  for (const [name, content] of certificates) files[`${pki}/${name}`] = content;
  await node.sh(
    `systemctl stop etcd; rm -rf /var/lib/etcd; mkdir -p -m 700 /var/lib/etcd; mkdir -p ${pki} /etc/kubernetes/manifests`,
  );
  for (const [path, content] of Object.entries(files)) {
    await node.sh(`echo ${Buffer.from(content).toString('base64')} | base64 -d >${path}`);
  }
  await node.sh('chmod 755 /usr/local/bin/crictl; systemctl daemon-reload; systemctl -q enable lab-etcd');
}

/** A CA, one certificate for servers and peers, and the client's that kubeadm makes for health checks. */
async function makeCertificates(addresses: readonly string[]): Promise<Map<string, string>> {
  const directory = await mkdtemp(join(inject('scratch'), 'pki-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    await openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '2',
      '-subj',
      '/CN=etcd-ca',
    );
    const names = ['127.0.0.1', '::1', ...addresses].map((address) => `IP:${address}`).join(',');
    await writeFile(
      join(directory, 'server.ext'),
      `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`,
    );
    await writeFile(join(directory, 'healthcheck-client.ext'), 'extendedKeyUsage=clientAuth\n');
    for (const who of ['server', 'healthcheck-client']) {
      await openssl(
        'req',
        '-new',
        ...key,
        '-keyout',
        `${who}.key`,
        '-out',
        `${who}.csr`,
        '-subj',
        `/CN=${who}`,
      );
      const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
      const named = ['-extfile', `${who}.ext`, '-out', `${who}.crt`];
      await openssl('x509', '-req', '-in', `${who}.csr`, ...signing, ...named);
    }
    const wanted = ['ca.crt', 'server.crt', 'server.key', 'healthcheck-client.crt', 'healthcheck-client.key'];
    const contents = wanted.map(
      async (name) => [name, await readFile(join(directory, name), 'utf8')] as const,
    );
    return new Map(await Promise.all(contents));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
