import { assertNever } from '../../domain/assert-never.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import { isSkippable } from '../../usecases/decide.ts';
import { actionIdOf, buttonValue, type RunAction } from '../buttons.ts';
import { count } from '../text/fold.ts';
import { clipped } from '../text/untrusted.ts';
import type { ButtonSpec } from './card.ts';
import { stepName } from './step-words.ts';
import { nodesByRole } from './survey.ts';

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
      return {
        label: 'Approve',
        style: 'primary',
        confirm: {
          title: `Approve for ${cluster}?`,
          text: `${cluster} goes from ${plan.from} to ${plan.to}: ${nodeCount(run)}, one control plane at a time.`,
          yes: 'Approve',
        },
      };
    case 'reject':
      return { label: 'Reject' };
    case 'details':
      return { label: 'Details' };
    case 'plan-again':
      return { label: 'Plan again' };
    case 'pause':
      return { label: 'Pause after this node' };
    case 'resume':
      return { label: 'Resume', style: 'primary' };
    case 'abort': {
      const left = run.halt?.failure.act?.node;
      const beginning =
        left === undefined
          ? `Steps that are under way in ${cluster} end first.`
          : `The command on ${left} is left to itself, and nobody follows it any more.`;
      return {
        label: 'Abort…',
        style: 'danger',
        confirm: {
          title: `Abort on ${cluster}?`,
          text: clipped(
            `${beginning} Nodes that are done stay at ${plan.to}, the others at ${plan.from}; nothing is taken back. ` +
              `A node halfway stays cordoned, and the message will name it.`,
            300,
          ),
          yes: 'Abort',
          danger: true,
        },
      };
    }
    case 'retry':
      return { label: 'Retry', style: 'primary' };
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
    case 'skip': {
      const name = skippedName(run);
      return {
        label: `Skip ${name}…`,
        style: 'danger',
        confirm: {
          title: `Skip ${name} on ${cluster}?`,
          text: clipped(
            `The rest of the steps for ${name} is left out; it stays as it is now (cordoned, if it is) and the run of ` +
              `${cluster} goes on with what comes next. The final message will name it.`,
            300,
          ),
          yes: 'Skip',
          danger: true,
        },
      };
    }
    default:
      return assertNever(action);
  }
}

/** What a skip would leave out: a node, or the check of the addons or the cluster. */
function skippedName(run: Run): string {
  const step = stepsOf(run.plan).find(({ key }) => key === run.halt?.step);
  if (step === undefined) return 'this step';
  if (step.kind === 'run-addon') return stepName(step);
  return nodeOf(step) ?? (step.kind === 'verify-addons' ? 'the add-on check' : 'the final check');
}

/** Whether the step that a run is halted at can be left out at all. */
export function canSkip(run: Run): boolean {
  const { halt } = run;
  if (halt === undefined) return false;
  const phase = run.plan.phases.find(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps.some(({ key }) => key === halt.step))),
  );
  return phase !== undefined && isSkippable(phase.kind);
}

function nodeCount(run: Run): string {
  const { controlPlanes, workers } = nodesByRole(run.plan);
  return `${count(controlPlanes.length, 'control plane')}, ${count(workers.length, 'worker')}`;
}
