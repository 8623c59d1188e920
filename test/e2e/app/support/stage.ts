import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { type Demo, type DemoOptions, startDemo } from '../../../../sandbox/demo/start-demo.ts';
import type { PersonClient } from '../../../../sandbox/slack/client.ts';
import type { ShownMessage } from '../../../../sandbox/slack/index.ts';

export const channel = 'prod-eu-ops';

/** Retries in fractions of a second: the simulated machines are hundreds of times faster than life, too. */
const quickRetries = { attempts: 50, firstDelaySeconds: 0.2, longestDelaySeconds: 1 };

export interface Stage {
  readonly demo: Demo;
  readonly dana: PersonClient;
  readonly amir: PersonClient;
  readonly li: PersonClient;
  readonly sam: PersonClient;
  stop(): Promise<void>;
}

/** The whole demo without a browser, with one approval needed and patience counted in seconds. */
export async function startStage(
  options: Partial<DemoOptions> & Required<Pick<DemoOptions, 'nodes'>>,
): Promise<Stage> {
  const demo = await startDemo({
    port: 0,
    speed: 400,
    rateLimits: 'off',
    ...options,
    policy: {
      retries: quickRetries,
      drain: { patienceSeconds: 5 },
      approvals: { needed: 1 },
      ...options.policy,
    },
  });
  const as = (handle: string) => demo.workspace.client.as(handle);
  return { demo, dana: as('dana'), amir: as('amir'), li: as('li'), sam: as('sam'), stop: () => demo.stop() };
}

/** Asks for a plan as @dana and gives its message. */
export async function askForPlan({ dana }: Stage, version = '1.34.9'): Promise<ShownMessage> {
  const after = await newestTs(dana);
  await dana.command(channel, `/k8s-upgrade plan prod-eu ${version}`);
  return dana.waitForMessage(channel, { actionId: 'run.approve', ...after }, 90_000);
}

/** Asks for a plan as @dana, approves it as @amir, and gives the message that tells the run. */
export async function startRun(stage: Stage, version?: string): Promise<ShownMessage> {
  const plan = await askForPlan(stage, version);
  await stage.amir.click(plan, 'run.approve', { confirm: true });
  return plan;
}

/** What one person is told, and nobody else, after they did something. */
export async function toldTo(
  person: PersonClient,
  act: () => Promise<unknown>,
  expected: string | RegExp,
  where = channel,
): Promise<ShownMessage> {
  const after = await newestTs(person, where);
  await act();
  const condition = typeof expected === 'string' ? { text: expected } : { matches: expected };
  return person.waitForMessage(where, { ephemeral: true, ...condition, ...after }, 60_000);
}

/** The run's own message as it is now. */
export async function present(stage: Stage, { ts }: Pick<ShownMessage, 'ts'>): Promise<ShownMessage> {
  const { messages } = await stage.dana.conversation(channel);
  const found = messages.find((message) => message.ts === ts);
  if (!found) throw new Error(`There is no message ${ts} any more`);
  return found;
}

/** Lines of a run's thread. */
export async function threadOf(stage: Stage, message: Pick<ShownMessage, 'ts'>): Promise<string[]> {
  const { replies } = await present(stage, message);
  return replies.flatMap(({ plain }) => plain.split('\n')).filter((line) => line.trim() !== '');
}

/** Waits until the run's own message says something. */
export function untilItSays(
  { dana }: Stage,
  { ts }: Pick<ShownMessage, 'ts'>,
  expected: string | RegExp,
  timeoutMs = 120_000,
): Promise<ShownMessage> {
  const condition = typeof expected === 'string' ? { text: expected } : { matches: expected };
  return dana.waitForMessage(channel, { ts, ...condition }, timeoutMs);
}

/** What was done to the cluster's machines and nodes, in order: nothing of it happens without an approval. */
export function deeds({ demo }: Pick<Stage, 'demo'>): string[] {
  const byNobody = new Set(['fault-on', 'fault-off', 'etcd-leader', 'patch', 'static-pod-restart']);
  return demo.cluster.journal.effects
    .filter((effect) => !byNobody.has(effect.kind))
    .map((effect) => `${effect.node} ${effect.what}`);
}

/** Resolves when something is done to a node. */
export async function untilDone(
  { demo }: Pick<Stage, 'demo'>,
  kind: Parameters<Demo['cluster']['journal']['of']>[0],
  node: string,
  timeoutMs = 120_000,
): Promise<void> {
  const { journal } = demo.cluster;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    if (journal.of(kind, node).length > 0) resolve();
  };
  const stop = journal.onEffect(look);
  const timer = setTimeout(() => reject(new Error(`${kind} never happened on ${node}`)), timeoutMs);
  look();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

type Settings = Record<string, Record<string, Record<string, Record<string, unknown>>>>;

/** Starts the bot anew with a changed configuration. */
export async function restartedWith({ demo }: Stage, change: (config: Settings) => void): Promise<void> {
  await demo.app.stop();
  const config = parse(readFileSync(demo.configPath, 'utf8')) as Settings;
  change(config);
  writeFileSync(demo.configPath, stringify(config));
  await demo.app.start();
}

export async function newestTs(person: PersonClient, where = channel): Promise<{ after?: string }> {
  const { messages } = await person.conversation(where);
  const newest = messages
    .map(({ ts }) => ts)
    .toSorted()
    .at(-1);
  return newest === undefined ? {} : { after: newest };
}

/** Waits for a line in a run's thread. */
export function untilThreadSays(
  { dana }: Stage,
  { ts }: Pick<ShownMessage, 'ts'>,
  expected: string | RegExp,
  timeoutMs = 120_000,
): Promise<ShownMessage> {
  const condition = typeof expected === 'string' ? { text: expected } : { matches: expected };
  return dana.waitForMessage(channel, { threadTs: ts, ...condition }, timeoutMs);
}
