import { type Reversibility, stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import { escaped } from '../text/untrusted.ts';

type Known = Pick<Run, 'plan' | 'steps'>;

/** What going back would take at this moment of a run, in a few words (mrkdwn). */
export function wayBackNow(run: Known): string {
  const { freeUntil, summary, hops } = run.plan.reversibility;
  if (hops !== undefined) return ofHops(run, hops);
  if (freeUntil === undefined) return lowerFirst(escaped(summary));
  const { from, etcd } = run.plan;
  return freeOrNot(run, { freeUntil, etcdTo: etcd.to, from });
}

/** Of several hops only the one that was begun last can be taken back without losing what was written since. */
function ofHops(run: Known, hops: NonNullable<Reversibility['hops']>): string {
  const begun = hops.findLastIndex(({ to }) => isBegun(run, to));
  const hop = hops[Math.max(0, begun)];
  if (hop === undefined) return '';
  const { freeUntil, etcdTo, from } = hop;
  const back =
    freeUntil === undefined
      ? `free to ${from}; no data is lost`
      : freeOrNot(run, { freeUntil, etcdTo, from });
  const farther =
    begun < 1 ? '' : `. Farther, to ${run.plan.from}, only from the backups: what was written since is lost`;
  return `${back}${farther}`;
}

function freeOrNot(
  run: Known,
  { freeUntil, etcdTo, from }: { freeUntil: string; etcdTo: string | undefined; from: string },
): string {
  const steps = stepsOf(run.plan);
  const place = steps.findIndex((step) => step.key === freeUntil);
  const step = steps[place];
  const node = step === undefined ? undefined : nodeOf(step);
  const record = step === undefined ? undefined : run.steps.get(step.key);
  if (record === undefined || record.status === 'skipped') {
    return `free until ${node === undefined ? 'the last' : `${node}’s`} etcd is upgraded (step ${place + 1} of ${steps.length})`;
  }
  const etcd = etcdTo === undefined ? 'etcd stays at its new version' : `etcd stays at ${escaped(etcdTo)}`;
  // Until kubeadm is through, nobody knows whether the last member has moved: the dearer answer is the safe one.
  return `${etcd}, everything else can go back to ${from}; no data is lost`;
}

/** Whether the control plane has set out for a version. */
function isBegun(run: Known, version: string): boolean {
  return stepsOf(run.plan).some(
    (step) =>
      step.kind === 'upgrade-control-plane' && step.input.version === version && run.steps.has(step.key),
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
