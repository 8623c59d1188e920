import { expect, inject, test } from 'vitest';
import { configFor } from '../../test/nodes/support/hosts.ts';
import { startNode } from '../../test/nodes/support/node.ts';
import { startRepository } from '../../test/nodes/support/repository.ts';
import { sized } from '../quick.ts';
import { type BotTurn, upgradeByBot } from './by-bot.ts';
import { type ScriptTurn, upgradeByScript } from './by-script.ts';
import { newPackages, oldPackages } from './stand-ins.ts';
import { makeWorker } from './worker.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What the bench reports on. */
    turns?: readonly Round[];
  }
}

/** One turn each way, one after the other, on two nodes of the same making. */
export interface Round {
  readonly bot: BotTurn;
  readonly script: ScriptTurn;
}

const rounds = sized(3, 1);
/** No round begins later: one takes about a minute, and the bench may take four. */
const lastBeginMs = 150_000;

/** A test only because the nodes are vitest's to set up and to clear away. */
test('a worker is upgraded by the bot and by a script', { timeout: 230_000 }, async ({ task }) => {
  const began = performance.now();
  const scratch = inject('scratch');
  await using stack = new AsyncDisposableStack();
  const repository = await startRepository();
  stack.defer(() => repository.dispose());
  await repository.publish('1.33', oldPackages());
  await repository.publish('1.34', newPackages());
  const start = (name: string, number: number) => startNode(inject('base'), name, number);
  const nodes = await Promise.all([start('kub-bench-a', 61), start('kub-bench-b', 62)]);
  for (const node of nodes) stack.defer(() => node.dispose());
  const ssh = await configFor(nodes);

  const measured: Round[] = [];
  let [one, other] = nodes;
  while (measured.length < rounds && performance.now() - began < lastBeginMs) {
    await Promise.all(nodes.map((node) => makeWorker(node, repository)));
    const bot = await upgradeByBot(one, ssh, scratch);
    const script = await upgradeByScript(other, ssh, scratch);
    measured.push({ bot, script });
    // Should one node be quicker than the other, it is so for both.
    [one, other] = [other, one];
  }
  expect(measured.length).toBeGreaterThan(0);
  task.meta.turns = measured;
});
