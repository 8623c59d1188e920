import { StepFailure } from '../../domain/failure.ts';
import type { RestoreEtcd } from '../../domain/step.ts';
import { perform } from '../../node/act.ts';
import { prepareOutbox } from '../../node/addon.ts';
import {
  findRestoreTools,
  type RestoreTool,
  readRestored,
  restoreCommand,
  toolFor,
} from '../../node/etcd-restore.ts';
import { outboxOf } from '../../node/files.ts';
import { lastWords } from '../../node/last-words.ts';
import type { RemoteHost } from '../../ports/remote-host.ts';
import type { AttemptContext, StepFacts, StepHandler } from '../../ports/step-handler.ts';
import { actCall } from '../act-call.ts';
import type { StepDependencies } from '../dependencies.ts';
import { unusable } from './saved-file.ts';

type Deps = Pick<StepDependencies, 'remoteHostOf' | 'backups'>;

/** Exit status of restoreCommand when etcd is not stopped. */
const runsStill = 75;

/**
 * Restores an etcd snapshot on a control plane whose etcd is stopped. The data from before is set aside by renaming and
 * never deleted; data that this restore has put there is known by its token and left alone.
 */
export function restoreEtcd(deps: Deps): StepHandler<RestoreEtcd> {
  const look = async (step: RestoreEtcd, context: AttemptContext): Promise<StepFacts | undefined> => {
    const data = await readRestored(deps.remoteHostOf(context.cluster, step.input.node), context.run);
    if (data.token !== step.input.token) return undefined;
    const aside = data.aside.at(-1);
    return { data: data.directory, ...(aside === undefined ? {} : { 'old data': aside }) };
  };

  return {
    async observe(step, context) {
      const facts = await look(step, context);
      return facts ? { status: 'done', facts } : { status: 'to-do' };
    },

    async act(step, context) {
      const { node, member, members, token } = step.input;
      const host = deps.remoteHostOf(context.cluster, node);
      await prepareOutbox(host, context.run);
      const tool = await findTool(host, step, context);
      const snapshot = `${outboxOf(context.run)}/restore.db`;
      await sendSnapshot(deps, host, step, snapshot);
      await perform(host, actCall(context, step, context.policy.timeouts.backupSeconds), {
        argv: restoreCommand({ run: context.run, token, tool: tool.path, snapshot, member, members }),
        purpose: "restoring etcd's snapshot",
        classify: (output, code) => restoreFailure(node, output, code),
      });
    },

    async verify(step, context) {
      const facts = await look(step, context);
      if (facts) return facts;
      const { node } = step.input;
      throw new StepFailure('etcd.restore-failed', `${node}: etcd's data is not the restored one.`, {
        facts: { node },
      });
    },
  };
}

/** The node's own tool of the right minor, or the one that the configuration has on the bot's machine. */
async function findTool(host: RemoteHost, step: RestoreEtcd, context: AttemptContext): Promise<RestoreTool> {
  const { minor } = step.input;
  const configured = context.policy.etcd.etcdutl;
  const own = await findRestoreTools(host, configured?.path === undefined ? [] : [configured.path]);
  const found = toolFor(own, minor);
  if (found) return found;
  const local = configured?.files?.[minor];
  const sent = local === undefined ? [] : await sendTool(host, local, context);
  const tool = toolFor(sent, minor);
  if (tool) return tool;
  const seen = [...own, ...sent].map(({ path, version }) => `${path} ${version}`).join(', ');
  throw new StepFailure(
    'etcd.tool-missing',
    `${host.node} has nothing that restores a snapshot for etcd ${minor}: ${seen || 'no etcdutl at all'}.`,
    { facts: { node: host.node, minor } },
  );
}

async function sendTool(
  host: RemoteHost,
  local: string,
  { run }: Pick<AttemptContext, 'run'>,
): Promise<RestoreTool[]> {
  const path = `${outboxOf(run)}/etcdutl`;
  await host.upload(local, path, '0700');
  return (await findRestoreTools(host, [path])).filter((tool) => tool.path === path);
}

/** Sends the snapshot if it still is the one that was sealed; what arrives is that file. */
async function sendSnapshot(
  deps: Deps,
  host: RemoteHost,
  { input: { backup } }: RestoreEtcd,
  path: string,
): Promise<void> {
  const found = await deps.backups.inspect(backup.path);
  if (!found) throw unusable(backup, 'is not there any more');
  if (found.sha256 !== backup.sha256)
    throw unusable(backup, 'is not what was saved', { found: found.sha256 });
  const sent = await host.upload(backup.path, path, '0600');
  if (sent.sha256 !== backup.sha256) throw unusable(backup, 'has changed on its way');
}

function restoreFailure(node: string, output: string, code: number): StepFailure {
  const details = { facts: { node, exit: String(code) }, lastWords: lastWords(output) };
  if (/no space left on device/i.test(output))
    return new StepFailure('node.disk-full', `${node}: there is no space left for etcd's data.`, details);
  const why = code === runsStill ? 'etcd is not stopped' : `exit status ${code}`;
  return new StepFailure(
    'etcd.restore-failed',
    `${node}: etcd's snapshot could not be restored (${why}).`,
    details,
  );
}
