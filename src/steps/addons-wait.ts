import { StepFailure } from '../domain/failure.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { Clock } from '../ports/clock.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';
import type { AttemptContext, StepFacts } from '../ports/step-handler.ts';
import { unreadyAddonPods } from './addons.ts';
import { type Look, waitUntil } from './wait-until.ts';

/** Rollouts are usually through by then; after it people are told what keeps one, long before the patience ends. */
const usualMs = 60_000;

interface AddonsWait {
  readonly kubernetes: Pick<Kubernetes, 'listPods' | 'listNodes'>;
  readonly clock: Clock;
  readonly context: AttemptContext;
  readonly version: KubernetesVersion;
  /** `The add-ons are not rolled out`. */
  readonly failing: string;
}

/**
 * Waits until the add-ons are rolled out. Which pods are not ready, where and why is told once after a minute, and stands
 * in the failure: `1 of 2 pods are available` sends nobody to the machine that is full.
 */
export async function untilRolledOut(
  look: () => Promise<Look<StepFacts>>,
  wait: AddonsWait,
): Promise<StepFacts> {
  const { kubernetes, clock, context, version, failing } = wait;
  const seconds = context.policy.timeouts.addonsSeconds;
  const began = clock.elapsed();
  let isTold = false;
  const waited = await waitUntil(
    async () => {
      const seen = await look();
      if (seen.status === 'not-yet' && !isTold && clock.elapsed() - began >= usualMs) {
        const pods = await unreadyAddonPods(kubernetes);
        isTold = true;
        context.note([seen.why, ...pods].join('; '));
      }
      return seen;
    },
    { clock, signal: context.signal, timeoutMs: seconds * 1_000 },
  );
  if (waited.status === 'met') return waited.value;
  throw new StepFailure('addons.not-rolled-out', `${failing} after ${seconds} s: ${waited.why}.`, {
    facts: { version },
    lastWords: await podsNow(kubernetes),
  });
}

/** No failure to read them may hide the failure itself. */
async function podsNow(kubernetes: AddonsWait['kubernetes']): Promise<string[]> {
  try {
    return await unreadyAddonPods(kubernetes);
  } catch (error) {
    if (error instanceof StepFailure) return [];
    throw error;
  }
}
