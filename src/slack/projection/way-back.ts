import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import { escaped } from '../text/untrusted.ts';

/** What going back would take at this moment of a run, in a few words (mrkdwn). */
export function wayBackNow(run: Pick<Run, 'plan' | 'steps'>): string {
  const { freeUntil, summary } = run.plan.reversibility;
  if (freeUntil === undefined) return lowerFirst(escaped(summary));
  const steps = stepsOf(run.plan);
  const place = steps.findIndex((step) => step.key === freeUntil);
  const step = steps[place];
  const node = step === undefined ? undefined : nodeOf(step);
  const record = run.steps.get(freeUntil);
  if (record === undefined || record.status === 'skipped') {
    return `free until ${node === undefined ? 'the last' : `${node}’s`} etcd is upgraded (step ${place + 1} of ${steps.length})`;
  }
  const { to } = run.plan.etcd;
  const etcd = to === undefined ? 'etcd stays at its new version' : `etcd stays at ${escaped(to)}`;
  // Until kubeadm is through, nobody knows whether the last member has moved: the dearer answer is the safe one.
  return `${etcd}, everything else can go back to ${run.plan.from}; no data is lost`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
