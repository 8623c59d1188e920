import { expect, test } from 'vitest';
import { instant, NodeName, RunId } from '../../../src/domain/names.ts';
import { keptOutput, keptRuns, type OutputPiece } from '../../../src/ports/output-store.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { newRun } from '../../../src/run/record/new-run.ts';
import { transitions } from '../../../src/run/record/transition.ts';
import { realClock, storeApprovedRun } from '../../support/running.ts';
import { channel, cluster, dana, runId, samplePlan, sampleStep } from '../../support/sample-plan.ts';
import { tempDatabase, tempStore } from '../../support/temp-store.ts';

const start = Date.UTC(2026, 10, 23, 3);
const at = instant(start);
const node = NodeName.parse('cp-1');
const step = sampleStep('upgrade-control-plane', 'cp-1').key;
const ref = { base: `${runId}:upgrade`, attempt: 1 };
const act = { ...ref, run: runId, step, node, purpose: 'upgrading cp-1', beganAt: at };

const piece = (from: number, text: string): OutputPiece => ({
  from,
  to: from + Buffer.byteLength(text) + 1,
  at,
  lines: text.split('\n'),
});

async function withRun(path?: string): Promise<RunStore> {
  const store = tempStore(realClock, path);
  await storeApprovedRun(store);
  return store;
}

test('what is read is what was kept, after a restart, too', async () => {
  const path = tempDatabase();
  const store = await withRun(path);
  const ending = { status: 'exited', code: 3, at } as const;
  await store.beginAct(act);
  await store.keepOutput(ref, [piece(0, 'grüße\n\n€'), piece(20, 'after a gap')], ending);
  await store.close();
  const again = tempStore(realClock, path);
  expect(await again.acts(runId)).toEqual([{ ...act, ending }]);
  expect(await again.output(ref)).toEqual([piece(0, 'grüße\n\n€'), piece(20, 'after a gap')]);
  expect(await again.keptTo(ref)).toBe(32);
});

test('what is there already is passed over, as often as it comes', async () => {
  const store = await withRun();
  await store.beginAct(act);
  await store.beginAct({ ...act, purpose: 'another' });
  for (let times = 0; times < 3; times += 1) await store.keepOutput(ref, [piece(0, 'one'), piece(4, 'two')]);
  await store.keepOutput(ref, [piece(2, 'half of it is there')]);
  expect((await store.output(ref)).flatMap(({ lines }) => lines)).toEqual(['one', 'two']);
  expect(await store.acts(runId)).toEqual([act]);
});

test('of how an act ended the first word counts', async () => {
  const store = await withRun();
  await store.beginAct(act);
  await store.keepOutput(ref, [], { status: 'exited', code: 0, at });
  await store.keepOutput(ref, [], { status: 'unknown', reason: 'nothing of it is on the node', at });
  expect(await store.acts(runId)).toMatchObject([{ ending: { status: 'exited', code: 0 } }]);
});

test('of a long output the beginning and the end are kept, and the places say how much is missing', async () => {
  const store = await withRun();
  await store.beginAct(act);
  const line = 'x'.repeat(1_023);
  for (let kib = 0; kib < 2_000; kib += 4) {
    const lines = Array.from({ length: 4 }, () => line).join('\n');
    await store.keepOutput(ref, [piece(kib * 1_024, lines)]);
  }
  const pieces = await store.output(ref);
  const size = pieces.reduce((sum, { lines }) => sum + lines.join('\n').length, 0);
  expect(size).toBeLessThanOrEqual(keptOutput.head + keptOutput.tail);
  expect(size).toBeGreaterThan(keptOutput.head + keptOutput.tail - 16 * 1_024);
  const gaps = pieces.flatMap(({ from }, index) => {
    const before = pieces[index - 1]?.to ?? 0;
    return from > before ? [from - before] : [];
  });
  expect(gaps).toHaveLength(1);
  expect(pieces[0]?.from).toBe(0);
  expect(pieces.at(-1)?.to).toBe(2_000 * 1_024);
  expect(gaps[0]).toBe(2_000 * 1_024 - pieces.reduce((sum, { from, to }) => sum + to - from, 0));
});

test('outputs go with the oldest runs of their cluster, never with one that is not over', async () => {
  const store = await withRun();
  await store.beginAct(act);
  await store.keepOutput(ref, [piece(0, 'of the run that is under way')]);
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const ids = Array.from({ length: keptRuns + 2 }, (_, index) =>
    RunId.parse(`zzzz${letters[Math.floor(index / letters.length)]}${letters[index % letters.length]}`),
  );
  for (const [index, id] of ids.entries()) {
    const made = newRun({
      id: id,
      plan: samplePlan(),
      requestedBy: dana,
      channel,
      now: start + index * 60_000,
      expireAfterMinutes: 60,
    });
    const events = [...made.events, { kind: 'run-expired', at } as const];
    await store.create(transitions(made.run, [{ kind: 'run-expired', at }]), events);
    await store.beginAct({ ...act, base: `${id}:upgrade`, run: id });
    await store.keepOutput({ base: `${id}:upgrade`, attempt: 1 }, [piece(0, id)]);
  }
  await store.pruneOutputs(cluster);
  const left = await Promise.all(ids.map(async (id) => (await store.acts(id)).length));
  expect(left).toEqual([0, 0, ...Array.from({ length: keptRuns }, () => 1)]);
  expect(await store.output({ base: `${ids[0]}:upgrade`, attempt: 1 })).toEqual([]);
  expect(await store.output(ref)).toHaveLength(1);
});
