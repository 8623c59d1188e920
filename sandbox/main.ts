import { parseArgs } from 'node:util';
import { type Demo, startDemo } from './demo/start-demo.ts';
import { plays } from './play/index.ts';
import { runPlay } from './play/run-play.ts';

const usage = `Usage: npm run demo -- [--play NAME] [--speed N] [--port N]

Starts a local Slack workspace, a simulated cluster and the bot between them, on loopback.
  --play NAME   plays a story without a browser and exits 0 only if it went well: ${Object.keys(plays).join(', ')}
  --speed N     how many times faster than life the machines work (1 to 1000; 30 to look at, 300 for plays)
  --port N      port of the workspace's page (3141)`;

const { values } = parseArguments();
const play = values.play === undefined ? undefined : plays[values.play];
if (values.help) end(0, usage);
if (values.play !== undefined && !play) {
  end(2, `There is no play "${values.play}". There are: ${Object.keys(plays).join(', ')}\n\n${usage}`);
}

const speed = wholeNumber('speed', values.speed ?? (play ? '300' : '30'), 1, 1_000);
const port = wholeNumber('port', values.port ?? (play ? '0' : '3141'), 0, 65_535);

const demo = await startDemo({
  port,
  speed,
  rateLimits: 'slack',
  rehearsal: play?.rehearsal ?? false,
  ...(play?.offered === undefined ? {} : { offered: play.offered }),
  policy: {
    workers: { canary: 1, batch: 2 },
    approvals: { needed: 2, expireAfterMinutes: 60 },
    ...play?.policy,
  },
}).catch((error: unknown) => end(1, `The demo could not start: ${whyNot(error)}`));

const stopAndExit = async (code: number): Promise<never> => {
  await demo.stop();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAndExit(0));

if (play) await stopAndExit(await runPlay(demo, play));
else await invite(demo);

async function invite({ workspace, directory, failed }: Demo): Promise<void> {
  process.stdout.write(
    [
      `The workspace is at ${workspace.url}`,
      '',
      'Open it, go to #prod-eu-ops as @dana and type',
      '    /k8s-upgrade plan prod-eu 1.34.9',
      'then act as @amir and @li to approve. Faults can be switched on in the Sandbox panel.',
      `The bot's log is ${directory}/bot.log. End with Ctrl-C.`,
      '',
    ].join('\n'),
  );
  process.stderr.write(`${await failed}\n`);
  await stopAndExit(1);
}

/** Mostly it is a demo that runs already. */
function whyNot(error: unknown): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken
    ? `port ${port} is taken, perhaps by a demo that runs already; --port 0 takes any free one.`
    : String(error);
}

function parseArguments() {
  try {
    return parseArgs({
      options: {
        play: { type: 'string' },
        speed: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return end(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    return end(2, `--${name} takes a whole number from ${least} to ${most}, not "${text}"\n\n${usage}`);
  }
  return value;
}

function end(code: number, message: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}
