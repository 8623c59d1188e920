import path from 'node:path';
import { startVitest } from 'vitest/node';
import { baseFileSystem } from '../test/nodes/support/base.ts';
import { whyNoNodes } from '../test/nodes/support/requirements.ts';
import { median, report } from './measurement.ts';
import type { Round } from './nodes/turns.measure.ts';

/**
 * What the bot adds to a worker's turn: the handlers of all its steps, SSH and the database for real, against a shell
 * script that sends the same commands; on real systemd, sshd and apt, with packages that stand in for Kubernetes.
 */
const bench = 'nodes';
const missing = await whyNotHere();
if (missing === undefined) tell(await measure());
else console.error(`The bench nodes is skipped: ${missing}.`);

async function whyNotHere(): Promise<string | undefined> {
  const why = whyNoNodes();
  if (why !== undefined) return why;
  let building = false;
  // It takes longer to build than a bench may take.
  await baseFileSystem((line) => {
    building = true;
    throw new Error(line);
  }).catch((error: unknown) => {
    if (!building) throw error;
  });
  return building ? 'the nodes have no root file system yet; npm run test:nodes builds it' : undefined;
}

async function measure(): Promise<readonly Round[]> {
  const root = path.dirname(import.meta.dirname);
  const vitest = await startVitest([], {
    root,
    config: false,
    watch: false,
    include: ['bench/nodes/turns.measure.ts'],
    globalSetup: ['test/nodes/support/global-setup.ts'],
    reporters: [{}],
    teardownTimeout: 30_000,
  });
  const [test] = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
  const errors = [...vitest.state.getUnhandledErrors(), ...(test?.result().errors ?? [])];
  const { turns } = test?.meta() ?? {};
  await vitest.close();
  if (turns === undefined) {
    const words = errors.map((error) => (error instanceof Error ? error.message : JSON.stringify(error)));
    throw new Error(`Nothing could be measured: ${words.join('\n')}`);
  }
  return turns;
}

function tell(rounds: readonly Round[]): void {
  const of = `median of ${rounds.length}`;
  const byBot = median(rounds.map(({ bot }) => bot.seconds));
  const byScript = median(rounds.map(({ script }) => script.seconds));
  report({ bench, what: `a worker's turn by the bot, ${of}`, value: byBot, unit: 's' });
  report({ bench, what: `the same by a shell script, ${of}`, value: byScript, unit: 's' });
  // From pairs: what else the machine does changes from minute to minute.
  const ratios = rounds.map(({ bot, script }) => bot.seconds / script.seconds);
  report({ bench, what: `bot against script, ${of} pairs`, value: median(ratios), unit: 'x', limit: 1.05 });
  const most = (what: (round: Round) => number) => Math.max(...rounds.map(what));
  report({
    bench,
    what: 'connects a node and run',
    value: most(({ bot }) => bot.connects),
    unit: 'count',
    limit: 1,
  });
  report({ bench, what: "the bot's commands a node", value: most(({ bot }) => bot.commands), unit: 'count' });
  report({
    bench,
    what: "the script's commands",
    value: most(({ script }) => script.commands),
    unit: 'count',
  });
  for (const kind of Object.keys(rounds[0]?.bot.steps ?? {})) {
    const value = median(rounds.map(({ bot }) => bot.steps[kind] ?? Number.NaN)) / 1_000;
    report({ bench, what: `step ${kind}, ${of}`, value, unit: 's' });
  }
}
