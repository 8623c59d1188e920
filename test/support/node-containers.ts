import { createHash } from 'node:crypto';
import { type Call, type Result, said, words } from './node-program.ts';

const manifests = '/etc/kubernetes/manifests';
const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
/** What a kubelet takes to see that a manifest is another one, and to stop the old pod. */
const kubeletMs = 8_000;

/** The container runtime of a machine: its static pods follow the manifests, the rest is always there. */
export async function crictl(
  call: Call,
  etcdctl: (call: Call, rest: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const { args, state, journal } = call;
  switch (args[0] ?? '') {
    case 'images':
      return args.includes('-q')
        ? said(`sha256:${digest(args.at(-1) ?? '')}\n`)
        : said(JSON.stringify({ images: [{ repoTags: [...state.images] }] }));
    case 'pull':
      state.images.add(args[1] ?? '');
      journal.push(`pull ${args[1]}`);
      return said('');
    case 'ps':
      return ps(call);
    case 'logs':
      return said('what it said last\n');
    case 'stop': {
      const id = args.at(-1) ?? '';
      journal.push(`stop ${id}`);
      return said(`${id}\n`);
    }
    default:
      return etcdctl(call, words(args).slice(3));
  }
}

async function ps(call: Call): Promise<Result> {
  await follow(call);
  const { args, state } = call;
  const name = new RegExp(args[args.indexOf('--name') + 1] ?? '');
  const names = [...state.containers.keys(), 'kube-proxy'].filter((one) => name.test(one));
  if (args.includes('-q')) return said(names.map((one) => `${one}-container\n`).join(''));
  return said(
    JSON.stringify({
      containers: names.map((one) => ({
        id: `${one}-container`,
        image: { image: `sha256:${digest(imageIn(state.containers.get(one)?.content ?? ''))}` },
        imageRef: '',
        labels: { 'io.kubernetes.pod.uid': state.containers.get(one)?.uid ?? 'proxy' },
      })),
    }),
  );
}

/** The kubelet's rounds, made up for whenever somebody looks. */
async function follow({ state, files, clock }: Call): Promise<void> {
  for (const component of components) {
    const path = `${manifests}/${component}.yaml`;
    const content = (await files.exists(path)) ? await files.readFile(path) : undefined;
    const present = state.containers.get(component);
    if (content === present?.content) continue;
    const next = { content: content ?? '', uid: digest(content ?? '') };
    if (present && clock.now() - (present.since ??= clock.now()) < kubeletMs) continue;
    if (content === undefined) state.containers.delete(component);
    else state.containers.set(component, next);
    await state.onChange();
  }
}

const imageIn = (content: string): string => /image: (\S+)/.exec(content)?.[1] ?? '';
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
