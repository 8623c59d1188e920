import { expect, test } from 'vitest';
import type { Choice } from '../../src/domain/event.ts';
import { StepFailure } from '../../src/domain/failure.ts';
import { NodeName } from '../../src/domain/names.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import { byPerson, realClock, storeApprovedRun, untilEnded, untilRun } from '../support/running.ts';
import { dana, sampleStep } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

const step = sampleStep('upgrade-control-plane', 'cp-1').key;
const act = { node: NodeName.parse('cp-1'), base: 'abc234:upgrade', attempt: 1 };
const stillRuns = () => new StepFailure('command.still-running', 'it goes on', { act });

/** A run whose kubeadm outlives its wait. The machine: whether its act runs, and how often it was begun. */
async function halted(options: { forget?: () => Promise<string[]> } = {}) {
  const world = createEffectWorld();
  const machine = { runs: false, begun: 0, attempts: [] as number[], stops: [] as string[], unreachable: 0 };
  world.around = (moment, { key }, context) => {
    if (key !== step || moment !== 'before') return;
    machine.attempts.push(context.attempt);
    if (!machine.runs) machine.begun += 1;
    if (machine.begun === 1) {
      machine.runs = true;
      throw stillRuns();
    }
  };
  const forgotten: string[] = [];
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = tempExecutor(store, effectHandlers(world), {
    upkeep: {
      async stopAct(_cluster, node, which, how) {
        if (machine.unreachable > 0) {
          machine.unreachable -= 1;
          throw new StepFailure('ssh.unreachable', 'not now');
        }
        machine.stops.push(`${node} ${which.base} ${which.attempt} ${how.by}`);
        machine.runs = false;
        return true;
      },
      readOutput: async () => ({ status: 'none' }),
      async forgetRun(_cluster, node, run) {
        forgotten.push(`${node} ${run}`);
        return (await options.forget?.()) ?? [];
      },
    },
  });
  await executor.start();
  const halt = await untilRun(store, ({ status }) => status === 'halted');
  expect(halt.halt?.failure).toMatchObject({ code: 'command.still-running', act });
  const choose = (choice: Choice) =>
    byPerson(store, executor, (at) => [{ kind: 'decision-made', at, by: dana, choice, step }]);
  return { store, executor, world, machine, choose, forgotten };
}

test('to wait longer goes on with the same attempt and begins nothing anew', async () => {
  const { store, machine, choose, world } = await halted();
  await choose('wait');
  await untilRun(store, ({ status, steps }) => status === 'halted' && steps.get(step)?.attempt === 1);
  await eventually(() => machine.attempts.length === 2, 'a second look at the act');
  await untilRun(store, ({ status }) => status === 'halted');
  expect(machine).toMatchObject({ begun: 1, attempts: [1, 1], stops: [] });
  // Meanwhile it ends well on the node.
  world.done.set(step, 1);
  machine.runs = false;
  await choose('wait');
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  expect(run.steps.get(step)).toMatchObject({ attempt: 1, alreadyDone: false });
  expect(run.steps.get(step)?.failure).toBeUndefined();
  expect(machine.begun).toBe(1);
});

test('a retry while the act still runs is a new attempt of the bot, not of the command', async () => {
  const { store, machine, choose } = await halted();
  await choose('retry');
  await eventually(() => machine.attempts.length === 2, 'a second look at the act');
  await untilRun(store, ({ status }) => status === 'halted');
  expect(machine).toMatchObject({ begun: 1, attempts: [1, 2] });
});

test('stopping ends the act, looks, and asks before anything is begun again', async () => {
  const { store, machine, choose } = await halted();
  await choose('stop');
  const run = await untilRun(store, ({ halt }) => halt?.failure.code === 'command.stopped');
  expect(machine).toMatchObject({ begun: 1, stops: [`cp-1 ${act.base} 1 ${dana}`] });
  expect(run.steps.get(step)?.stop).toBeUndefined();
  await choose('retry');
  const ended = await untilEnded(store);
  expect(ended.status).toBe('succeeded');
  expect(machine).toMatchObject({ begun: 2, stops: [`cp-1 ${act.base} 1 ${dana}`] });
});

test('an act that was through when it was stopped is done, and is not repeated', async () => {
  const { store, machine, choose, world } = await halted();
  world.done.set(step, 1);
  await choose('stop');
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  expect(machine.begun).toBe(1);
});

test('a node that does not answer is told to stop again, before anything else', async () => {
  const { store, machine, choose } = await halted();
  machine.unreachable = 2;
  await choose('stop');
  await untilRun(store, ({ halt }) => halt?.failure.code === 'command.stopped');
  expect(machine.stops).toHaveLength(1);
  expect(machine.begun).toBe(1);
});

test('what a run left on its nodes goes when it is over, and stays while it is halted', async () => {
  const { choose, store, world, forgotten } = await halted();
  expect(forgotten).toEqual([]);
  world.done.set(step, 1);
  await choose('wait');
  await untilEnded(store);
  await eventually(() => forgotten.length >= 4, 'the nodes were tidied');
  expect(forgotten.toSorted()).toEqual(['cp-1', 'w-01', 'w-02', 'w-03'].map((node) => `${node} abc234`));
});

test('a node that cannot be tidied does not change how the run ended', async () => {
  const forget = async () => {
    throw new StepFailure('ssh.unreachable', 'gone');
  };
  const { choose, store, executor } = await halted({ forget });
  await choose('abort');
  expect((await untilEnded(store)).status).toBe('aborted');
  await eventually(() => executor.active() === 0, 'the run is let go of');
});
