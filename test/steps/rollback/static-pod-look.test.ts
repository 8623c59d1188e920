import { describe, expect, test } from 'vitest';
import { StepKey } from '../../../src/domain/names.ts';
import type { StaticPod } from '../../../src/domain/step.ts';
import { version } from '../../../src/domain/version.ts';
import { lookAtStaticPod } from '../../../src/steps/rollback/static-pod-look.ts';
import { run } from '../../support/attempts.ts';
import { scriptedHost } from '../../support/scripted-host.ts';

const sha256 = 'a'.repeat(64);
const looking = { run, key: StepKey.parse('back/cp-1/restore-static-pods'), version: version('v1.33.13') };

/** A node's own words about one static pod: which manifest lies there, what runs, whether its probe answers. */
interface Shown {
  manifest?: string;
  before?: string;
  containers?: readonly { uid?: string; image?: string }[];
  answers?: 'yes' | 'no';
  readyz?: string;
  serves?: string;
}

const wantedOf = (pod: StaticPod) => ({
  pod,
  text: '',
  mode: '0600',
  sha256,
  image: `registry.k8s.io/${pod}:v1.33.13`,
  tag: 'v1.33.13',
  probe: 'https://127.0.0.1:10259/livez',
});

async function look(pod: StaticPod, shown: Shown) {
  const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}\n`;
  const { manifest = sha256, before = 'old', containers = [{ uid: 'new' }], answers = 'yes' } = shown;
  const listed = containers.map(({ uid, image = wantedOf(pod).image }) => ({
    image: { image },
    ...(uid === undefined ? {} : { labels: { 'io.kubernetes.pod.uid': uid } }),
  }));
  const host = scriptedHost((argv) =>
    argv.join(' ').includes('readyz')
      ? section('readyz', shown.readyz ?? 'ok') +
        section('version', `{"gitVersion": "${shown.serves ?? 'v1.33.13'}"}`)
      : section(`manifest ${pod}`, manifest) +
        section(`before ${pod}`, before) +
        section(`image ${pod}`, '') +
        section(`containers ${pod}`, JSON.stringify({ containers: listed })) +
        section(`answers ${pod}`, answers),
  );
  return lookAtStaticPod(host, looking, wantedOf(pod));
}

describe('a static pod that was put back', () => {
  test.each(['kube-scheduler', 'kube-controller-manager', 'kube-apiserver'] as const)(
    '%s is back when another pod than before runs the saved image and answers',
    async (pod) => {
      expect(await look(pod, {})).toEqual({ status: 'met', value: 'v1.33.13' });
    },
  );

  test.each<[string, Shown, string, string]>([
    ['its manifest is missing', { manifest: '' }, 'kubeadm.manifest-missing', 'is missing'],
    [
      'its manifest is another one',
      { manifest: 'b'.repeat(64) },
      'control-plane.not-ready',
      'not the saved one',
    ],
    ['nothing runs', { containers: [] }, 'control-plane.not-ready', 'does not run'],
    ['the pod from before runs', { containers: [{ uid: 'old' }] }, 'control-plane.not-ready', 'from before'],
    [
      'a new pod runs another image',
      { containers: [{ uid: 'new', image: 'registry.k8s.io/kube-scheduler:v1.34.9' }] },
      'control-plane.not-ready',
      'does not run registry.k8s.io/kube-scheduler:v1.33.13',
    ],
    ['its probe does not answer', { answers: 'no' }, 'control-plane.not-ready', 'is not well'],
  ])('is not back while %s', async (_, shown, code, why) => {
    expect(await look('kube-scheduler', shown)).toMatchObject({
      status: 'not-yet',
      code,
      why: expect.stringContaining(why),
    });
  });

  test('the pod from before beside the new one does not count', async () => {
    const containers = [{ uid: 'old' }, { uid: 'new', image: 'registry.k8s.io/kube-scheduler:v1.34.9' }];
    expect(await look('kube-scheduler', { containers })).toMatchObject({ status: 'not-yet' });
    expect(await look('kube-scheduler', { containers: [...containers, { uid: 'newer' }] })).toMatchObject({
      status: 'met',
    });
  });

  test('a runtime that tells no uid of pods goes by the image', async () => {
    expect(await look('kube-scheduler', { containers: [{}] })).toMatchObject({ status: 'met' });
  });

  test.each<[string, Shown, string]>([
    ['is not ready', { readyz: '[-]etcd failed' }, 'control-plane.not-ready'],
    ['still is the newer one', { serves: 'v1.34.9' }, 'control-plane.version-mismatch'],
  ])('a kube-apiserver is asked itself: one that %s is not back', async (_, shown, code) => {
    expect(await look('kube-apiserver', shown)).toMatchObject({ status: 'not-yet', code });
  });
});
