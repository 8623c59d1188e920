import type { Plan } from '../../src/domain/plan.ts';

/** A plan as text to read and compare: phases, batches, turns with their reasons, steps with what they are given. */
export function renderPlan(plan: Plan): string {
  const lines = [
    `${plan.cluster}: ${plan.from} → ${plan.to} (hops ${plan.hops.join(', ')})`,
    `etcd ${plan.etcd.from ?? 'external'} → ${plan.etcd.to ?? 'stays'}`,
    `about ${plan.estimateSeconds} s`,
    plan.reversibility.summary,
    '',
  ];
  let number = 0;
  for (const phase of plan.phases) {
    lines.push(`== ${phase.kind}`);
    phase.batches.forEach((batch, index) => {
      for (const turn of batch.turns) {
        const subject = turn.subject.kind === 'node' ? turn.subject.node : 'cluster';
        lines.push(`  [${index + 1}] ${subject}: ${turn.reason}`);
        for (const step of turn.steps) {
          number += 1;
          lines.push(`      ${String(number).padStart(2)} ${step.key} ${JSON.stringify(step.input)}`);
        }
      }
    });
  }
  return `${lines.join('\n')}\n`;
}
