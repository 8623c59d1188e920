import { StepFailure } from '../../domain/failure.ts';
import type { RestoreStaticPods } from '../../domain/step.ts';
import { prepareOutbox } from '../../node/addon.ts';
import { beforeFile, manifestPath, staticPodLastWords } from '../../node/static-pods.ts';
import type { RemoteHost } from '../../ports/remote-host.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../ports/step-handler.ts';
import type { StepDependencies } from '../dependencies.ts';
import { waitUntil } from '../wait-until.ts';
import { savedNodeFiles, unusable } from './saved-file.ts';
import { type Looking, lookAtStaticPod, stateOf } from './static-pod-look.ts';
import { type SavedManifest, savedManifest } from './static-pod-manifest.ts';

type Deps = Pick<StepDependencies, 'remoteHostOf' | 'backups' | 'clock'>;

/**
 * Puts manifests of static pods back, one after the other, each followed until it runs and answers. Nothing of it goes
 * through the Kubernetes API, which is what may be down. Certificates stay: the upgrade has renewed them.
 */
export function restoreStaticPods(deps: Deps): StepHandler<RestoreStaticPods> {
  const prepare = async (step: RestoreStaticPods, context: AttemptContext) => ({
    host: deps.remoteHostOf(context.cluster, step.input.node),
    wanted: await wantedManifests(deps, step),
    looking: { run: context.run, key: step.key, version: step.input.version },
  });

  /** Throws unless the pod runs as saved before the time is over. */
  const follow = async (
    host: RemoteHost,
    looking: Looking,
    manifest: SavedManifest,
    context: AttemptContext,
  ): Promise<string> => {
    const seconds = context.policy.timeouts.controlPlaneReadySeconds;
    const waited = await waitUntil(() => lookAtStaticPod(host, looking, manifest), {
      clock: deps.clock,
      signal: context.signal,
      timeoutMs: seconds * 1_000,
    });
    if (waited.status === 'met') return waited.value;
    throw new StepFailure(
      waited.code ?? 'control-plane.not-ready',
      `${host.node}: ${manifest.pod} did not come up from its saved manifest in ${seconds} s: ${waited.why}.`,
      { facts: { node: host.node, image: manifest.image }, lastWords: await wordsOf(host, manifest) },
    );
  };

  return {
    async observe(step, context) {
      const { host, wanted, looking } = await prepare(step, context);
      const facts: Record<string, string> = {};
      for (const manifest of wanted) {
        const looked = await lookAtStaticPod(host, looking, manifest);
        if (looked.status === 'not-yet') return { status: 'to-do' };
        facts[manifest.pod] = looked.value;
      }
      return { status: 'done', facts };
    },

    async act(step, context) {
      const { host, wanted, looking } = await prepare(step, context);
      for (const manifest of wanted) {
        await replace(host, looking, manifest);
        await follow(host, looking, manifest, context);
      }
    },

    async verify(step, context): Promise<StepFacts> {
      const { host, wanted, looking } = await prepare(step, context);
      const facts: Record<string, string> = {};
      for (const manifest of wanted) facts[manifest.pod] = await follow(host, looking, manifest, context);
      return facts;
    },
  };
}

async function wantedManifests(deps: Deps, step: RestoreStaticPods): Promise<SavedManifest[]> {
  const { pods, backup, version } = step.input;
  const files = await savedNodeFiles(deps.backups, backup);
  const wanted = pods.map((pod) => savedManifest(files, pod, backup));
  const other = wanted.find(({ pod, tag }) => pod !== 'etcd' && tag !== version);
  if (other) throw unusable(backup, `holds ${other.image}, which is not ${version}`);
  return wanted;
}

/**
 * Writes the manifest unless it is there. The file appears by a rename from a name with a dot, which the kubelet passes
 * over: it takes any other file in that directory for a manifest. Before that it is written down which pod runs, so that
 * whoever waits knows the new one from it, also after a crash in between.
 */
async function replace(host: RemoteHost, looking: Looking, wanted: SavedManifest): Promise<void> {
  const state = await stateOf(host, looking, wanted);
  if (state.manifest === wanted.sha256) return;
  const before = state.containers[0]?.uid || 'none';
  if (state.before !== before) {
    await prepareOutbox(host, looking.run);
    await host.writeFile(beforeFile(looking.run, looking.key, wanted.pod), `${before}\n`, '0600');
  }
  await host.writeFile(manifestPath(wanted.pod), wanted.text, wanted.mode);
}

/** What the pod said last; no failure to read it may hide the failure itself. */
async function wordsOf(host: RemoteHost, { pod }: SavedManifest): Promise<string[]> {
  try {
    return await staticPodLastWords(host, pod);
  } catch (error) {
    if (error instanceof StepFailure) return [];
    throw error;
  }
}
