import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { createAppProcess } from '../sandbox/demo/app-process.ts';
import { freePort } from '../sandbox/demo/free-port.ts';
import { startWorkspace } from '../sandbox/slack/index.ts';
import { channelOf, ReachableClusters, writeConfiguration } from './ack/configuration.ts';
import { pressDetails, startRuns, typeCommands } from './ack/people.ts';
import { startChild } from './child.ts';
import { median, quantile, report } from './measurement.ts';
import { sized } from './quick.ts';

/**
 * How fast commands and clicks are acknowledged: the program itself in a process of its own, while it drives ten upgrades
 * of ten simulated clusters (one control plane and one worker each, in a third process) over SSH and HTTPS. The times are
 * those that the local workspace takes between sending an envelope and its acknowledgement.
 */
const bench = 'ack';
const count = sized(10, 2);
const commands = sized(200, 12);
const clicks = sized(60, 4);
/** Slow enough that no run ends while it is measured, faster than life so that each is busier than a real one. */
const speed = sized(4, 20);

const directory = mkdtempSync(path.join(os.tmpdir(), 'bench-ack-'));
const names = Array.from({ length: count }, (_, index) => `c-${index + 1}`);
const manifest: unknown = parse(readFileSync(new URL('../manifest.yml', import.meta.url), 'utf8'));
const undo: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
try {
  const bare = await bareAcks();

  const clusters = await startChild(path.join(import.meta.dirname, 'ack/clusters.ts'), {
    args: [String(count), String(speed)],
  });
  undo.push(() => clusters.stop());
  const workspace = await newWorkspace();
  undo.push(() => workspace.stop());
  const healthPort = await freePort();
  const reachable = ReachableClusters.parse(JSON.parse(clusters.firstLine));
  const bot = createAppProcess({
    configPath: await writeConfiguration(directory, workspace, reachable, healthPort),
    healthPort,
    logPath: path.join(directory, 'bot.log'),
    environment: { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken },
    onUnexpectedEnd: (code, words) => console.error(`The bot ended by itself (${code})\n${words}`),
  });
  // Nothing hangs on its runs, so nobody waits for a graceful end.
  undo.push(() => bot.kill());
  await bot.start();

  const { client } = workspace;
  const channels = names.map(channelOf);
  const idle = await typeCommands(client, channels, commands);
  const messages = await startRuns(client, names);
  await activeRuns(healthPort, count);
  const active = await typeCommands(client, channels, commands);
  const pressed = await pressDetails(client, messages, clicks);
  await activeRuns(healthPort, count);

  tell('bare Bolt, nothing else', bare);
  tell('commands, no run', idle);
  tell(`commands, ${count} runs active`, active, 100);
  tell(`Details pressed, ${count} runs active`, pressed, 100);
  const ratio = median(active) / median(bare);
  report({ bench, what: `commands with ${count} runs against bare Bolt, median`, value: ratio, unit: 'x' });
} finally {
  for (const step of undo.toReversed()) await step();
}

function tell(what: string, took: readonly number[], limit?: number): void {
  const of = `${what} (${took.length})`;
  report({ bench, what: `p50, ${of}`, value: median(took), unit: 'ms' });
  const p99 = quantile(took, 0.99);
  report({ bench, what: `p99, ${of}`, value: p99, unit: 'ms', ...(limit === undefined ? {} : { limit }) });
}

function newWorkspace() {
  return startWorkspace({
    appManifest: manifest,
    channels: names.map((name) => ({ name: channelOf(name), bot: true })),
  });
}

/** The same commands to an app that does nothing but acknowledge. */
async function bareAcks(): Promise<number[]> {
  const workspace = await newWorkspace();
  const app = await startChild(path.join(import.meta.dirname, 'ack/bare-app.ts'), {
    env: {
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_APP_TOKEN: workspace.appToken,
      SLACK_API_URL: workspace.apiUrl,
    },
  });
  try {
    return await typeCommands(workspace.client, names.map(channelOf), commands);
  } finally {
    await app.stop();
    await workspace.stop();
  }
}

/** Waits until the bot says that so many runs are under way. @throws Error when it does not come to that */
async function activeRuns(port: number, wanted: number): Promise<void> {
  let said = '';
  for (let look = 0; look < 100; look += 1) {
    said = await fetch(`http://127.0.0.1:${port}/readyz`).then((response) => response.text());
    if (said.includes(`${wanted} runs under way`)) return;
    await delay(100);
  }
  throw new Error(`There are not ${wanted} runs under way: ${said}`);
}
