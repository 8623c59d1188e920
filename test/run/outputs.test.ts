import { afterEach, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { NodeName } from '../../src/domain/names.ts';
import { type ActState, type NodeUpkeep, type OnOutput, stoppedBy } from '../../src/ports/remote-host.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import type { Executor } from '../../src/run/executor/executor.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import {
  byPerson,
  executorOn,
  realClock,
  storeApprovedRun,
  untilEnded,
  untilRun,
} from '../support/running.ts';
import { dana, runId, sampleStep } from '../support/sample-plan.ts';
import { tempStore } from '../support/temp-store.ts';

const step = sampleStep('upgrade-control-plane', 'cp-1').key;
const node = NodeName.parse('cp-1');
const base = `${runId}:upgrade`;
const act = { node, base, attempt: 1 };

const executors: Executor[] = [];
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.stop()));
});

/** What stands on the machine: lines, of which a reader gets those from a byte on. */
function machine(state: ActState, printed: string[]) {
  const asked: string[] = [];
  const upkeep: Pick<NodeUpkeep, 'stopAct' | 'readOutput' | 'forgetRun'> = {
    async stopAct() {
      asked.push('stop');
      state = { status: 'unknown', reason: 'it was stopped on the word of @dana' };
      return true;
    },
    async readOutput(_cluster, _node, _which, from, onOutput) {
      asked.push('read');
      tellFrom(printed, from, onOutput);
      return state;
    },
    async forgetRun(_cluster, of) {
      if (of === node) asked.push('forget');
      return [];
    },
  };
  return { upkeep, asked };
}

function tellFrom(printed: readonly string[], from: number, onOutput: OnOutput): void {
  let end = 0;
  for (const line of printed) {
    const start = end;
    end += Buffer.byteLength(line) + 1;
    if (start >= from) onOutput([line], { attempt: 1, from: start, ends: [end] });
  }
}

function start(
  store: RunStore,
  world: ReturnType<typeof createEffectWorld>,
  upkeep: ReturnType<typeof machine>['upkeep'],
) {
  const executor = executorOn(store, effectHandlers(world), { upkeep });
  executors.push(executor);
  return executor;
}

const linesOf = async (store: RunStore) => (await store.output(act)).flatMap(({ lines }) => lines);

test.each([
  [
    { status: 'exited', code: 1 },
    'command.failed',
    'cp-1: the command had ended by itself, with exit status 1, before it could be stopped.',
  ],
  [
    { status: 'unknown', reason: 'the machine was rebooted' },
    'command.outcome-unknown',
    'cp-1: the command did not run any more when it was to be stopped: the machine was rebooted.',
  ],
  [
    { status: 'unknown', reason: stoppedBy(dana) },
    'command.stopped',
    'cp-1: the command was stopped before it was through.',
  ],
] as const)(
  'a command that did not run any more when it was to be stopped: %j',
  async (state, code, message) => {
    const store = tempStore(realClock);
    await storeApprovedRun(store);
    const world = createEffectWorld();
    let begun = 0;
    world.around = async (moment, { key }, context) => {
      if (key !== step || moment !== 'before' || (begun += 1) > 1) return;
      await context.record({ node, base, purpose: 'upgrading cp-1' }).ended();
      throw new StepFailure('command.still-running', 'it goes on', { act });
    };
    const { upkeep } = machine(state, []);
    const executor = start(store, world, { ...upkeep, stopAct: async () => false });
    await executor.start();
    await untilRun(store, ({ status }) => status === 'halted');
    await byPerson(store, executor, (at) => [{ kind: 'decision-made', at, by: dana, choice: 'stop', step }]);
    const run = await untilRun(store, ({ halt }) => halt?.failure.code === code);
    expect(run.halt?.failure).toMatchObject({ message, retry: 'halt' });
    expect(begun).toBe(1);
  },
);

test('a command that is stopped: what it has printed is kept, and its end stands with the question', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const world = createEffectWorld();
  const printed = ['[upgrade/staticpods] Waiting', 'grüße €'];
  const { upkeep, asked } = machine({ status: 'running' }, printed);
  world.around = async (moment, { key }, context) => {
    if (key !== step || moment !== 'before' || asked.includes('stop')) return;
    const log = context.record({ node, base, purpose: 'upgrading cp-1' });
    tellFrom(printed.slice(0, 1), 0, log.output);
    await log.ended();
    throw new StepFailure('command.still-running', 'it goes on', { act, lastWords: printed });
  };
  const executor = start(store, world, upkeep);
  await executor.start();
  await untilRun(store, ({ status }) => status === 'halted');
  expect(await linesOf(store)).toEqual(printed.slice(0, 1));
  await byPerson(store, executor, (at) => [{ kind: 'decision-made', at, by: dana, choice: 'stop', step }]);
  const run = await untilRun(store, ({ halt }) => halt?.failure.code === 'command.stopped');
  expect(run.halt?.failure.lastWords).toEqual(printed);
  expect(await linesOf(store)).toEqual(printed);
  expect(await store.acts(runId)).toMatchObject([{ ending: { status: 'unknown' } }]);
});

test('what a process did not live to read is read before its node is tidied', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const world = createEffectWorld();
  const printed = ['one', 'two', 'three'];
  const { upkeep, asked } = machine({ status: 'exited', code: 0 }, printed);
  world.around = async (moment, { key }, context) => {
    if (key !== step || moment !== 'before') return;
    const log = context.record({ node, base, purpose: 'upgrading cp-1' });
    tellFrom(printed.slice(0, 1), 0, log.output);
    // As if it had died here: nobody says that it has ended.
    await log.ended();
  };
  await start(store, world, upkeep).start();
  await untilEnded(store);
  await eventually(() => asked.includes('forget'), 'the node is tidied');
  expect(await linesOf(store)).toEqual(printed);
  expect(asked.indexOf('read')).toBeLessThan(asked.indexOf('forget'));
  expect(await store.acts(runId)).toMatchObject([{ ending: { status: 'exited', code: 0 } }]);
});

test('what was through when the next process looked is read by it at once', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const world = createEffectWorld();
  const printed = ['one', 'two', 'three'];
  const { upkeep } = machine({ status: 'exited', code: 0 }, printed);
  const begun = Promise.withResolvers<void>();
  let afterwards: string[] | undefined;
  world.around = async (moment, { key }, context) => {
    if (moment !== 'before') return;
    if (key !== step) {
      if (world.done.has(step)) afterwards ??= await linesOf(store);
      return;
    }
    const log = context.record({ node, base, purpose: 'upgrading cp-1' });
    tellFrom(printed.slice(0, 1), 0, log.output);
    begun.resolve();
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    await log.ended();
    throw new Error('stopped');
  };
  const first = start(store, world, upkeep);
  await first.start();
  await begun.promise;
  await first.stop();
  expect(await linesOf(store)).toEqual(printed.slice(0, 1));
  // It ended on the node while nobody was there.
  world.done.set(step, 1);
  await start(store, world, upkeep).start();
  expect((await untilEnded(store)).steps.get(step)).toMatchObject({ attempt: 1, alreadyDone: false });
  expect(afterwards).toEqual(printed);
});

test('a node that does not answer, and a store that takes nothing, end no run differently', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const world = createEffectWorld();
  const { upkeep } = machine({ status: 'running' }, []);
  let refused = 0;
  const full: RunStore = {
    ...store,
    async keepOutput() {
      refused += 1;
      throw new Error('database or disk is full');
    },
  };
  const silent = {
    ...upkeep,
    async readOutput(): Promise<ActState> {
      throw new StepFailure('ssh.unreachable', 'gone');
    },
  };
  world.around = async (moment, { key }, context) => {
    if (key !== step || moment !== 'before') return;
    const log = context.record({ node, base, purpose: 'upgrading cp-1' });
    tellFrom(['one'], 0, log.output);
    await log.ended({ status: 'exited', code: 0 });
  };
  await start(full, world, silent).start();
  expect((await untilEnded(store)).status).toBe('succeeded');
  expect(refused).toBeGreaterThan(0);
});
