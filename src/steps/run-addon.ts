import { createHash } from 'node:crypto';
import { StepFailure } from '../domain/failure.ts';
import type { RunAddon } from '../domain/step.ts';
import { perform } from '../node/act.ts';
import {
  addonCommand,
  addonFile,
  addonIsMarked,
  addonProblem,
  applyManifestCommand,
  prepareOutbox,
} from '../node/addon.ts';
import { lastWords } from '../node/last-words.ts';
import type { Argv, RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import { actCall } from './act-call.ts';
import type { StepDependencies } from './dependencies.ts';
import { met, notYet, waitUntil } from './wait-until.ts';

/** Verifications are short and repeated: a long one would hold up a bot that is to stop. */
const onceSeconds = 30;

/**
 * A configured add-on. That its verification passes is not enough to be done: it may pass for what was there before. So
 * the command leaves a mark once it has succeeded in this run, and is not repeated after that.
 */
export function runAddon(
  deps: Pick<StepDependencies, 'remoteHostOf' | 'localFiles' | 'clock'>,
): StepHandler<RunAddon> {
  const hostOf = (step: RunAddon, context: AttemptContext) =>
    deps.remoteHostOf(context.cluster, step.input.node);
  const markOf = (step: RunAddon, context: AttemptContext) => addonFile(context.run, step.key, 'done');

  const commandOf = async (step: RunAddon, context: AttemptContext, host: RemoteHost): Promise<Argv> => {
    const { action } = step.input;
    const mark = markOf(step, context);
    if (action.kind === 'command') return addonCommand(mark, action.command);
    const text = await manifestText(deps, step, action);
    const path = addonFile(context.run, step.key, 'yaml');
    await prepareOutbox(host, context.run);
    await host.writeFile(path, text, '0600');
    return applyManifestCommand(mark, path, action.serverSide);
  };

  return {
    async observe(step, context) {
      const host = hostOf(step, context);
      if (!(await addonIsMarked(host, markOf(step, context)))) return { status: 'to-do' };
      const problem = await addonProblem(host, step.input.verify, onceSeconds);
      return problem === undefined ? { status: 'done', facts: {} } : { status: 'to-do' };
    },

    async act(step, context) {
      const { name, timeoutSeconds } = step.input;
      const host = hostOf(step, context);
      if (await addonIsMarked(host, markOf(step, context))) return;
      await perform(host, actCall(context, step, timeoutSeconds), {
        argv: await commandOf(step, context, host),
        purpose: `add-on ${name}`,
        classify: (output, code) =>
          new StepFailure(
            'addons.command-failed',
            `${host.node}: add-on ${name} failed with exit status ${code}.`,
            { facts: { node: host.node, addon: name, exit: String(code) }, lastWords: lastWords(output) },
          ),
      });
    },

    async verify(step, context) {
      const { name, verify, timeoutSeconds } = step.input;
      const host = hostOf(step, context);
      const waited = await waitUntil(
        async () => {
          const problem = await addonProblem(host, verify, Math.min(onceSeconds, timeoutSeconds));
          return problem === undefined ? met(undefined) : notYet(problem);
        },
        { clock: deps.clock, signal: context.signal, timeoutMs: timeoutSeconds * 1_000 },
      );
      if (waited.status === 'met') return {};
      throw new StepFailure(
        'addons.not-verified',
        `Add-on ${name} ran, but its verification did not pass in ${timeoutSeconds} s.`,
        { facts: { node: host.node, addon: name }, lastWords: [waited.why] },
      );
    },
  };
}

/** The manifest as it was when the plan was made, and approved: nothing else is applied. */
async function manifestText(
  { localFiles }: Pick<StepDependencies, 'localFiles'>,
  { input: { name } }: RunAddon,
  { path, sha256 }: { path: string; sha256: string },
): Promise<string> {
  const text = await localFiles.readText(path);
  if (text !== undefined && createHash('sha256').update(text).digest('hex') === sha256) return text;
  const what = text === undefined ? 'cannot be read any more' : 'is not the one that was approved';
  throw new StepFailure('addons.manifest-changed', `The manifest of add-on ${name} ${what}: ${path}.`, {
    facts: { addon: name, path, approved: sha256 },
  });
}
