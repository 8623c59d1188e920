import { evict } from '../../../src/adapters/kubernetes/evict.ts';
import { metricsReader } from '../../../src/adapters/kubernetes/survey/api-uses.ts';
import { countsReader } from '../../../src/adapters/kubernetes/survey/storage.ts';
import type { TextReader } from '../../../src/adapters/kubernetes/text-reader.ts';
import { NodeName } from '../../../src/domain/names.ts';
import { version } from '../../../src/domain/version.ts';
import { parseLocalApiServer } from '../../../src/node/api-server.ts';
import { parseCriSocket } from '../../../src/node/cri-socket.ts';
import { parseEtcdState } from '../../../src/node/etcd.ts';
import { parseExactJson } from '../../../src/node/exact-json.ts';
import { flagsIn } from '../../../src/node/flags.ts';
import { listImages } from '../../../src/node/kubeadm.ts';
import { kubeadmFailure } from '../../../src/node/kubeadm-failure.ts';
import { parseKubelet } from '../../../src/node/kubelet.ts';
import { parseKubeletConfiguration } from '../../../src/node/kubelet-configuration.ts';
import { lastWords } from '../../../src/node/last-words.ts';
import { parseManifests } from '../../../src/node/manifests.ts';
import { aptFailure } from '../../../src/node/packages/apt-failure.ts';
import { parseMadison } from '../../../src/node/packages/debian.ts';
import { parseStaticPod } from '../../../src/node/static-pod.ts';
import { parseExpirationInfo } from '../../../src/snapshot/certificates.ts';
import { parseKubeadmConfig } from '../../../src/snapshot/kubeadm-config.ts';
import { outputOf, type Recording, recording } from '../../support/recordings.ts';
import { scriptedHost } from '../../support/scripted-host.ts';

interface Reader {
  /** Names of the recordings, `<group>/<name>`. */
  readonly of: RegExp;
  readonly by: string;
  readonly read: (recorded: Recording) => unknown;
}

const notAsked = () => Promise.reject(new Error('nothing else is asked'));
const unasked = { callEach: notAsked, stream: notAsked, close: () => {} };
const node = NodeName.parse('cp1');
const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}`;

/** What a person would be told if the command had failed, by an exit status that the pipe of a recording may hide. */
const failureOfKubeadm = (recorded: Recording) => {
  const { code, message, facts } = kubeadmFailure(node, 'kubeadm upgrade', outputOf(recorded), 1);
  return recorded.exit === 0
    ? { exit: 0, lastWords: lastWords(outputOf(recorded)).slice(-2) }
    : { exit: recorded.exit, code, message, facts };
};

const readApt = (recorded: Recording) => ({
  failure: aptFailure(node, 'installing', outputOf(recorded))?.code ?? null,
  lastWords: lastWords(outputOf(recorded)).slice(-2),
});

function readLines(reader: TextReader, { stdout }: Recording): object {
  for (const line of stdout.split('\n')) reader.line(line);
  return reader.end();
}

/** The bot asks for the list of members with every status: where only a status was recorded, its members are named by it. */
function etcdOf(status: string, health = ''): unknown {
  const read = parseExactJson(status) as { Endpoint: string; Status: { header: { member_id: string } } }[];
  const members = read.map(
    ({ Endpoint, Status }) => `{"ID":${Status.header.member_id},"name":"m","clientURLs":["${Endpoint}"]}`,
  );
  return parseEtcdState(
    section('members', `{"members":[${members.join()}]}`) +
      section('status', status) +
      section('health', health),
  )?.members;
}

const lineWith = (text: string, start: string) =>
  text.split('\n').find((line) => line.startsWith(start)) ?? '';

export const readers: readonly Reader[] = [
  {
    of: /\/(apt-cache-madison|01-cp1-repo-switch)$/,
    by: 'parseMadison',
    read: ({ stdout }) => parseMadison(stdout),
  },
  {
    of: /\/(apt-install-|\d+-\w+-(kubeadm-package|kubelet-packages|packages-and-kubelet|downgrade)(-without-flag)?$|18-)/,
    by: 'aptFailure, lastWords',
    read: readApt,
  },
  {
    of: /\/(kubeadm-upgrade-(apply|node)|\d+-\w+-upgrade-(apply|node)|04-cp1-images-pull)/,
    by: 'kubeadmFailure',
    read: failureOfKubeadm,
  },
  {
    of: /\/etcdctl-(member-list|endpoint-status|endpoint-health)-json$/,
    by: 'parseEtcdState',
    read: () => {
      const of = (name: string) => recording(`cluster-1.33.13/etcdctl-${name}-json`).stdout;
      return parseEtcdState(
        section('members', of('member-list')) +
          section('status', of('endpoint-status')) +
          section('health', of('endpoint-health')),
      );
    },
  },
  {
    of: /\/(00-cp1-crictl-etcdctl-status|07-cp1-etcd-status-mixed|17-etcd-status-all-upgraded)$/,
    by: 'parseEtcdState',
    read: ({ stdout }) => etcdOf(stdout),
  },
  {
    of: /\/05-etcd-health$/,
    by: 'parseEtcdState',
    read: ({ stdout }) => etcdOf(lineWith(stdout, '[{"Endpoint"'), lineWith(stdout, '[{"endpoint"')),
  },
  {
    of: /\/manifest-/,
    by: 'parseStaticPod',
    read: ({ stdout }) => parseStaticPod('recorded.yaml', stdout),
  },
  {
    of: /\/07-cp1-static-pod-images$/,
    by: 'parseManifests',
    read: ({ stdout }) => {
      const of = (member: string) => stdout.split('\n').filter((line) => line.includes(`-${member} `));
      return ['cp1', 'cp2', 'cp3'].map((member) =>
        Object.fromEntries(parseManifests(of(member).join('\n').replaceAll(`-${member} `, ' '))),
      );
    },
  },
  {
    of: /\/kubelet-config$/,
    by: 'parseKubeletConfiguration, flagsIn, parseCriSocket',
    read: ({ stdout }) => {
      const [config = '', flags = ''] = stdout.split(/^---\n/m);
      return {
        config: parseKubeletConfiguration(config),
        flags: flagsIn(flags),
        socket: parseCriSocket(section('config.yaml', config) + section('kubeadm-flags.env', flags)),
      };
    },
  },
  {
    of: /\/07-cp1-after-tree$/,
    by: 'parseCriSocket',
    read: ({ stdout }) =>
      parseCriSocket(
        section('kubeadm-flags.env', lineWith(stdout, 'KUBELET_KUBEADM_ARGS')) +
          section('instance-config.yaml', lineWith(stdout, 'containerRuntimeEndpoint')),
      ),
  },
  {
    of: /\/systemctl-show-kubelet$/,
    by: 'parseKubelet',
    read: ({ stdout }) => parseKubelet(section('unit', stdout)),
  },
  {
    of: /\/kubelet-healthz$/,
    by: 'parseKubelet',
    read: ({ stdout }) =>
      parseKubelet(
        section('unit', 'ActiveState=active') + section('healthz', stdout.split('\r\n\r\n').at(-1) ?? ''),
      ),
  },
  {
    of: /\/\d+-\w+-static-pods-back-etcd-kept$/,
    by: 'parseLocalApiServer',
    read: ({ stdout }) =>
      parseLocalApiServer(section('readyz', 'ok') + section('version', stdout.slice(stdout.indexOf('{')))),
  },
  {
    of: /\/kubeadm-certs-check-expiration(-json)?$/,
    by: 'parseExpirationInfo',
    read: ({ stdout }) => parseExpirationInfo(stdout),
  },
  {
    of: /\/kubectl-get-configmaps-json$/,
    by: 'parseKubeadmConfig',
    read: ({ stdout }) => {
      const { items } = JSON.parse(stdout) as {
        items: { metadata: { name: string }; data: Record<string, string> }[];
      };
      return parseKubeadmConfig(items.find(({ metadata }) => metadata.name === 'kubeadm-config')?.data ?? {});
    },
  },
  {
    of: /\/apiserver-metrics-storage$/,
    by: 'metricsReader, countsReader',
    read: (recorded) => ({
      uses: readLines(metricsReader(), recorded),
      counts: readLines(countsReader(), recorded),
    }),
  },
  {
    of: /\/eviction-blocked-429$/,
    by: 'evict',
    read: ({ stdout }) => {
      const [head = '', body = ''] = stdout.split(/\r?\n\r?\n/);
      const answer = { code: Number(head.split(' ')[1]), body: JSON.parse(body) as unknown };
      const caller = { ...unasked, call: () => Promise.resolve(answer) };
      return evict(caller, { namespace: 'shop', name: 'db-0', uid: 'u' }, -1);
    },
  },
  {
    of: /\/04-cp1-images-list$/,
    by: 'listImages',
    read: ({ stdout }) =>
      listImages(
        scriptedHost(() => stdout),
        version('v1.34.9'),
        'registry.k8s.io',
      ),
  },
];
