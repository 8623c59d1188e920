import type { Blockage } from '../../domain/blockage.ts';
import type { NodeName } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import { openWait, type Run, type StepRecord } from '../../domain/run.ts';
import { nodeOf, type Step } from '../../domain/step.ts';
import type { StepWait } from '../../domain/waiting.ts';
import { isSetAside } from '../../run/record/course.ts';

/** A step about which somebody may say something. */
export interface StepInQuestion {
  readonly step: Step;
  readonly record: StepRecord;
  /** What it waits at, if it does. */
  readonly wait: StepWait | undefined;
}

/** Steps that people are asked about: those that have failed and halt the run, and those that wait; in the plan's order. */
export function stepsInQuestion(run: Run): StepInQuestion[] {
  return stepsOf(run.plan).flatMap((step) => {
    const record = run.steps.get(step.key);
    const wait = openWait(run, step.key);
    const failed = record?.status === 'failed' && run.status === 'halted' && !isSetAside(run, step.key);
    return record !== undefined && (failed || wait !== undefined) ? [{ step, record, wait }] : [];
  });
}

/**
 * The one step in question, of a node or of the whole run, that holds a condition: the one that the run is halted at
 * first. A sentence to the person when there is none, or when several could be meant.
 */
export function oneInQuestion(
  run: Run,
  node: NodeName | undefined,
  holds: (candidate: StepInQuestion) => boolean,
  nothing: string,
): StepInQuestion | string {
  const all = stepsInQuestion(run).filter(holds);
  const here = node === undefined ? all : all.filter(({ step }) => nodeOf(step) === node);
  const halted = here.find(({ step }) => step.key === run.halt?.step);
  const [first, second] = here;
  if (halted !== undefined && node === undefined) return halted;
  if (first === undefined) return node === undefined ? nothing : `${node}: ${nothing}`;
  if (second === undefined) return first;
  const names = here.map(({ step }) => nodeOf(step) ?? step.key);
  return `Several could be meant: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}. Name one.`;
}

/** The pod of a wait by its uid. */
export function blockageOf(wait: StepWait | undefined, uid: string): Blockage | undefined {
  return wait?.standstill?.blockages.find((blockage) => blockage.uid === uid);
}
