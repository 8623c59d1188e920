import { assertNever } from '../../domain/assert-never.ts';
import { stepsOf } from '../../domain/plan.ts';
import { drillOf } from '../../domain/rollback.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import { isSkippable } from '../../usecases/control/decide.ts';
import { gateOf } from '../../usecases/control/gate.ts';
import { losesData } from '../../usecases/proposal/approve.ts';
import { actionIdOf, buttonValue, type RunAction } from '../buttons.ts';
import { clipped } from '../text/untrusted.ts';
import type { ButtonSpec } from './card.ts';
import { abortText, inHand } from './outlook.ts';
import { gateText, stepName } from './step-words.ts';
import { survey } from './survey.ts';
import { nodesText } from './title.ts';

type Look = Pick<ButtonSpec, 'label'> & Partial<Pick<ButtonSpec, 'style' | 'confirm'>>;

/** The buttons of a run's message, with dialogs that say what would happen. */
export function runButtons(run: Run, actions: readonly RunAction[]): ButtonSpec[] {
  return actions.map((action) => ({
    actionId: actionIdOf(action),
    value: buttonValue(run, action),
    ...look(run, action),
  }));
}

function look(run: Run, action: RunAction): Look {
  const { cluster, plan } = run;
  switch (action) {
    case 'approve':
      // What loses data is asked about in a form of its own.
      if (losesData(run)) return { label: 'Approve…', style: 'danger' };
      return {
        label: 'Approve',
        style: 'primary',
        confirm: {
          title: `Approve for ${cluster}?`,
          text:
            `${cluster} goes ${plan.purpose.kind === 'rollback' ? 'back ' : ''}from ${plan.from} to ${plan.to}: ${nodesText(run)}, one control plane at a time.` +
            (drillOf(run) === undefined ? '' : ' Then back again by itself, where that loses no data.'),
          yes: 'Approve',
        },
      };
    case 'reject':
      return { label: 'Reject' };
    case 'details':
      return { label: 'Details' };
    case 'output':
      return { label: 'Output' };
    case 'plan-again':
      return { label: 'Plan again' };
    case 'pause':
      return { label: clipped(pauseLabel(run), 75) };
    case 'resume':
      return { label: 'Resume', style: 'primary' };
    case 'abort': {
      const left = run.halt?.failure.act?.node;
      const beginning =
        left === undefined
          ? ''
          : `The command on ${left} is left to itself, and nobody follows it any more. `;
      return {
        label: 'Abort…',
        style: 'danger',
        confirm: {
          title: `Abort on ${cluster}?`,
          text: clipped(`${beginning}In ${cluster} ${abortText(run)}. No version is taken back.`, 300),
          yes: 'Abort',
          danger: true,
        },
      };
    }
    case 'retry':
      return { label: clipped(retryLabel(run), 75), style: 'primary' };
    case 'wait':
      return { label: 'Wait longer', style: 'primary' };
    case 'stop':
      return {
        label: 'Stop the command…',
        style: 'danger',
        confirm: {
          title: `Stop it on ${cluster}?`,
          text: clipped(
            `The command that runs on ${run.halt?.failure.act?.node ?? 'the node'} is told to end, and killed after ` +
              `90 s. It may leave its work half done. Nothing is repeated by itself: the run of ${cluster} looks at ` +
              `what was done and asks again if anything is left.`,
            300,
          ),
          yes: 'Stop it',
          danger: true,
        },
      };
    case 'skip':
      return { label: `Skip ${skippedName(run)}…`, style: 'danger' };
    case 'hand-over':
      return { label: 'Hand over…' };
    case 'gate-yes':
      return {
        label: gateOf(run)?.input.gate.kind === 'healthy' ? 'Healthy' : 'Approve going on',
        style: 'primary',
      };
    case 'open-gate':
      return {
        label: 'Open the gate…',
        confirm: {
          title: `Open the gate on ${cluster}?`,
          text: clipped(
            `${gateOf(run)?.input.name ?? 'The gate'} waits for ${gateWish(run)}. Opened, ${cluster} goes on without it.`,
            300,
          ),
          yes: 'Open it',
        },
      };
    case 'retry-quarantined': {
      const [first, second] = run.course.quarantined;
      return {
        label: clipped(second === undefined ? `Retry ${first?.node ?? ''}` : 'Retry those in quarantine', 75),
      };
    }
    case 'extend':
      return { label: 'Leave it open longer' };
    default:
      return assertNever(action);
  }
}

/** What people may say at the gate that a run stands at; nothing where it stands at none. */
export function gateActions(run: Run): RunAction[] {
  const gate = gateOf(run)?.input.gate;
  if (gate === undefined) return [];
  const asksPeople = gate.kind === 'approval' || gate.kind === 'healthy';
  return asksPeople ? ['gate-yes', 'open-gate'] : ['open-gate'];
}

function gateWish(run: Run): string {
  const gate = gateOf(run)?.input.gate;
  return gate === undefined ? 'something' : gateText(gate);
}

/** After what it would pause, where that is one thing. */
function pauseLabel(run: Run): string {
  const [first, second] = inHand(survey(run));
  if (first === undefined) return 'Pause now';
  return second === undefined ? `Pause after ${first}` : 'Pause after these nodes';
}

function retryLabel(run: Run): string {
  const step = stepsOf(run.plan).find(({ key }) => key === run.halt?.step);
  const node = step === undefined ? undefined : nodeOf(step);
  return node === undefined ? 'Retry' : `Retry ${node}`;
}

/** What a skip would leave out: a node, or the check of the addons or the cluster. */
export function skippedName(run: Pick<Run, 'plan' | 'halt'>): string {
  const step = stepsOf(run.plan).find(({ key }) => key === run.halt?.step);
  if (step === undefined) return 'this step';
  if (step.kind === 'run-addon' || step.kind === 'soak') return stepName(step);
  return nodeOf(step) ?? (step.kind === 'verify-addons' ? 'the add-on check' : 'the final check');
}

/** Whether the step that a run is halted at can be left out at all. */
export function canSkip(run: Run): boolean {
  const { halt } = run;
  if (halt === undefined) return false;
  const phase = run.plan.phases.find(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps.some(({ key }) => key === halt.step))),
  );
  return phase !== undefined && isSkippable(phase.kind, run);
}
