import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { fold } from '../text/fold.ts';
import { code } from '../text/untrusted.ts';
import { stepName } from './step-words.ts';

/** `*In quarantine* w-05 (drain, drain.pdb-blocked): cordoned and labelled · 1 of 2 that may fail`; undefined where none is. */
export function quarantineText(run: Pick<Run, 'plan' | 'course'>): string | undefined {
  const { quarantined } = run.course;
  if (quarantined.length === 0) return undefined;
  const steps = new Map(stepsOf(run.plan).map((step) => [step.key, step]));
  const nodes = quarantined.map(({ node, step, failure }) => {
    const failed = steps.get(step);
    return `${node} (${failed === undefined ? '' : `${stepName(failed)}, `}${code(failure.code)})`;
  });
  const names = fold(nodes, { separator: ', ', maxEntries: 10, maxChars: 900 });
  return `*In quarantine* ${names}: cordoned and labelled · ${quarantined.length} of ${run.plan.policy.workers.failureBudget} that may fail`;
}

/** Whether a node was set aside. */
export function isAside({ course }: Pick<Run, 'course'>, node: string | undefined): boolean {
  return course.quarantined.some((entry) => entry.node === node);
}
