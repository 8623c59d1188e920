import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createActOutput } from '../../src/adapters/ssh/act-output.ts';
import { NodeName } from '../../src/domain/names.ts';
import { perform } from '../../src/node/act.ts';
import type { ActOutcome, NodeUpkeep, OnOutput } from '../../src/ports/remote-host.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { createActLog } from '../../src/run/executor/act-log.ts';
import { catchUp } from '../../src/run/executor/catch-up.ts';
import { countdownToDeath } from '../support/dying.ts';
import { Crash } from '../support/effects.ts';
import { realClock, storeApprovedRun } from '../support/running.ts';
import { cluster, runId, sampleStep } from '../support/sample-plan.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempDatabase, tempStore } from '../support/temp-store.ts';

const node = NodeName.parse('cp-1');
const step = sampleStep('upgrade-control-plane', 'cp-1').key;
const base = `${runId}:upgrade`;
const lines = Array.from({ length: 120 }, (_, index) => `Zeile ${index} – grüße €${'x'.repeat(index % 40)}`);
const output = Buffer.from(`${lines.join('\n')}\nthe last one has no end`);
const expected = [...lines, 'the last one has no end'];

/** Hands the output on from a byte, in pieces of some bytes, as the adapter does. */
async function readFrom(from: number, size: number, onOutput: OnOutput, attempt: number): Promise<void> {
  const reading = createActOutput(from);
  const tell = (placed: ReturnType<typeof reading.end>) => {
    for (const { lines: some, ...place } of placed) onOutput(some, { attempt, ...place });
  };
  for (let at = from; at < output.length; at += size) {
    tell(reading.push(at, output.subarray(at, at + size)));
    await new Promise(setImmediate);
  }
  tell(reading.end());
}

/** A process that dies at its n-th chance to: around every write of the store, and around every piece that it reads. */
function mortal(store: RunStore, chances: number) {
  const { chance, isDead } = countdownToDeath(chances);
  const guarded: RunStore = {
    ...store,
    async beginAct(act) {
      chance();
      await store.beginAct(act);
      chance();
    },
    async keepOutput(...given) {
      chance();
      await store.keepOutput(...given);
      chance();
    },
  };
  return { store: guarded, chance, isDead };
}

/** Follows the act to its end, as a step does; whatever is thrown is a death. */
async function follow(process: ReturnType<typeof mortal>, size: number, attempt: number): Promise<void> {
  // Nothing waits between two writes: what a process has read is written as soon as it can be.
  const clock = { ...realClock, sleep: async () => undefined };
  const deps = { store: process.store, clock, log: silentLog };
  const host = {
    node,
    async act(_: unknown, onOutput?: OnOutput): Promise<ActOutcome> {
      await readFrom(0, size, (some, place) => (process.chance(), onOutput?.(some, place)), 1);
      return { status: 'exited', code: 0, output: '' };
    },
  };
  const call = {
    base,
    attempt,
    waitSeconds: 60,
    signal: new AbortController().signal,
    record: (act: { node: NodeName; base: string; purpose: string }) =>
      createActLog(deps, { ...act, run: runId, step, attempt, beganAt: '2026-11-23T10:00:00.000Z' as never }),
  };
  await perform(host, call, { argv: ['kubeadm'], purpose: 'upgrading cp-1' }).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
}

async function tidy(store: RunStore, size: number): Promise<void> {
  const upkeep: Pick<NodeUpkeep, 'readOutput'> = {
    async readOutput(_cluster, _node, _which, from, onOutput) {
      await readFrom(from, size, onOutput, 1);
      return { status: 'exited', code: 0 };
    },
  };
  await catchUp({ store, upkeep, clock: realClock, log: silentLog }, { id: runId, cluster });
}

test('whoever dies while an output is read, however often: no line is lost, none is there twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ chances: fc.integer({ min: 1, max: 60 }), size: fc.integer({ min: 7, max: 900 }) }),
        {
          maxLength: 4,
        },
      ),
      fc.boolean(),
      fc.integer({ min: 7, max: 900 }),
      async (deaths, onlyTidied, size) => {
        const path = tempDatabase();
        const first = tempStore(realClock, path);
        await storeApprovedRun(first);
        await first.beginAct({
          base,
          attempt: 1,
          run: runId,
          step,
          node,
          purpose: 'upgrading cp-1',
          beganAt: '2026-11-23T10:00:00.000Z' as never,
        });
        await first.close();
        for (const [index, death] of deaths.entries()) {
          const store = tempStore(realClock, path);
          // A later attempt follows the earlier one's command.
          await follow(mortal(store, death.chances), death.size, 1 + (index % 2));
          await store.close();
        }
        const store = tempStore(realClock, path);
        // The step is through already when it is looked at again, or its command is followed once more.
        if (onlyTidied) await tidy(store, size);
        else await follow(mortal(store, Number.POSITIVE_INFINITY), size, 1);
        const pieces = await store.output({ base, attempt: 1 });
        expect(pieces.flatMap((piece) => piece.lines)).toEqual(expected);
        expect(pieces.map(({ from, to }) => [from, to])).toEqual(
          pieces.map(({ to }, index) => [pieces[index - 1]?.to ?? 0, to]),
        );
        expect((await store.acts(runId)).find(({ attempt }) => attempt === 1)?.ending).toMatchObject({
          code: 0,
        });
        await store.close();
      },
    ),
    { numRuns: 30, seed: 20261123 },
  );
}, 60_000);
