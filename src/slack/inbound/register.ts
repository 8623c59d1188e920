import type { App } from '@slack/bolt';
import type { z } from 'zod';
import type { ChannelId } from '../../domain/names.ts';
import type { Message } from '../../ports/messenger.ts';
import { toMessage } from '../blocks/to-message.ts';
import { actionIdOf, RunAction } from '../buttons.ts';
import { planHopsAction, planInsteadAction } from '../plan-buttons.ts';
import { rollbackAction } from '../rollback-buttons.ts';
import { WaitAction } from '../wait-buttons.ts';
import { sentence } from './answer.ts';
import { approveView, onApprove, readApprove } from './approve-modal.ts';
import { forMembersOnly } from './authorise.ts';
import { onCommand } from './commands.ts';
import type { Inbound, InboundDeps } from './deps.ts';
import { onDetailsPage } from './details-modal.ts';
import { detailsPageAction } from './details-view.ts';
import { failedText, notKnown } from './failed-text.ts';
import { handOverView, onHandOver, readHandOver } from './hand-over-modal.ts';
import { onHomeOpened } from './home.ts';
import { createInFlight } from './in-flight.ts';
import { anyOtherForm, oldForm } from './old-form.ts';
import { endCutLooks } from './open-looks.ts';
import { onOutputAction } from './output-modal.ts';
import { outputView } from './output-view.ts';
import {
  Answerable,
  CommandPayload,
  HomeOpenedPayload,
  MessageActionPayload,
  ViewActionPayload,
  ViewSubmissionPayload,
} from './payloads.ts';
import { onClusterChosen, onPlanSubmitted, readSubmission } from './plan-modal.ts';
import { planView } from './plan-view.ts';
import { onRollbackCommand } from './rollback.ts';
import { onRollbackAction } from './rollback-actions.ts';
import { onRollbackNode, readRollbackNode, rollbackNodeView } from './rollback-node-modal.ts';
import { onPlanInstead, onRunAction, onUnknownAction } from './run-actions.ts';
import { onSkip, readSkip, skipView } from './skip-modal.ts';
import { verifyOrigin } from './verify.ts';
import { onWaitAction } from './wait-actions.ts';

export type { InboundDeps } from './deps.ts';

/** What is listened to; the manifest must declare the same. */
export const slashCommands = ['/k8s-upgrade', '/k8s-rollback'] as const;
export const botEvents = ['app_home_opened'] as const;

/** Action ids are letters, dashes and dots: only the dots mean something else in a pattern. */
const literal = (id: string): string => id.replaceAll('.', '\\.');
const pageTurns = new RegExp(`^${literal(detailsPageAction)}\\.(back|on)$`);
const outputTurns = new RegExp(`^${literal(outputView.pageAction)}\\.(first|back|on|last|anew)$`);

const rollbackActions = new RegExp(`^${literal(rollbackAction)}\\.[a-z0-9-]+$`);

const unreadMessage = toMessage(
  sentence('Slack sent this in a way that I do not understand, so nothing was done. My log has the details.'),
  { rich: false },
);
const strangersMessage = toMessage(sentence(forMembersOnly), { rich: false });

/** Every action id that no other listener takes: Bolt runs all listeners that match. */
const known = [
  ...RunAction.options.map(actionIdOf),
  planInsteadAction,
  planHopsAction,
  planView.clusterAction,
  outputView.actAction,
];
const anyOther = new RegExp(
  `^(?!(?:${known.map((id) => literal(id)).join('|')})$)(?!${literal(detailsPageAction)}\\.)(?!${literal(outputView.pageAction)}\\.)(?!${literal(rollbackAction)}\\.)(?!wait\\.(?:${WaitAction.options.join('|')})(?:\\.|$))`,
);

/**
 * Registers all handlers. Each acknowledges first and works afterwards, outside the listener's life: Slack waits 3 s, a
 * look at a cluster takes longer, and a socket that closes meanwhile must not take the work with it.
 */
export function registerHandlers(
  app: Pick<App, 'use' | 'command' | 'action' | 'view' | 'event'>,
  deps: InboundDeps,
): { start(): Promise<void>; drain(capMs: number): Promise<number> } {
  const inbound: Inbound = { ...deps, inFlight: createInFlight(deps) };
  const { inFlight, log } = inbound;

  app.use(async ({ body, next, ...args }) => {
    const verdict = verifyOrigin(body, { teamId: deps.teamId, appId: deps.appId });
    if (verdict.status === 'ours') return next();
    const { why, said, expected } = verdict;
    log.warn({ why, said, expected }, 'a payload from elsewhere was dropped');
    // People of another workspace, met in a shared channel, are told; what is not even for this app gets no answer.
    const url = Answerable.safeParse(body);
    if (why !== 'team' || !url.success) return;
    if ('ack' in args && args.ack !== undefined) await args.ack();
    const { response_url: responseUrl } = url.data;
    inFlight.run('stranger', async () => void (await deps.respond(responseUrl, strangersMessage)));
  });

  function drop(name: string, { issues }: z.ZodError): void {
    const fields = issues.map(({ path }) => path.join('.'));
    log.warn({ name, fields }, 'a payload of another shape was dropped');
  }

  /** Work on a payload that looks as it should; another shape is logged and left. */
  function work<S extends z.ZodType>(
    name: string,
    schema: S,
    body: unknown,
    handle: (payload: z.infer<S>) => Promise<void>,
  ): void {
    const parsed = schema.safeParse(body);
    // Silence would look as if it had been done.
    const respond = async (message: Message): Promise<void> => {
      const url = Answerable.safeParse(body);
      if (url.success) await deps.respond(url.data.response_url, message);
    };
    if (parsed.success) return run(name, () => handle(parsed.data), respond);
    drop(name, parsed.error);
    inFlight.run(name, () => respond(unreadMessage));
  }

  /** Does some work; whoever asked for it is told when it ends in an error. */
  function run(name: string, done: () => Promise<void>, respond: (message: Message) => Promise<void>): void {
    inFlight.run(name, async () => {
      try {
        await done();
      } catch (error) {
        await respond(toMessage(sentence(failedText(notKnown, error)), { rich: false }));
        throw error;
      }
    });
  }

  /** Forms bring no response URL along, but know the channel that they are about. */
  const toAsker =
    ({ user }: ViewSubmissionPayload, channel: ChannelId) =>
    async (message: Message): Promise<void> =>
      void (await inbound.messenger.postEphemeral(channel, user.id, message));

  const commands: Readonly<Record<(typeof slashCommands)[number], typeof onCommand>> = {
    '/k8s-upgrade': onCommand,
    '/k8s-rollback': onRollbackCommand,
  };
  for (const command of slashCommands) {
    app.command(command, async ({ ack, body }) => {
      await ack();
      work('command', CommandPayload, body, (payload) => commands[command](inbound, payload));
    });
  }

  for (const action of RunAction.options) {
    app.action(actionIdOf(action), async ({ ack, body }) => {
      await ack();
      work(`run.${action}`, MessageActionPayload, body, (payload) => onRunAction(inbound, action, payload));
    });
  }

  for (const action of WaitAction.options) {
    app.action(new RegExp(`^wait\\.${action}(\\.\\d{1,3})?$`), async ({ ack, body }) => {
      await ack();
      work(`wait.${action}`, MessageActionPayload, body, (payload) => onWaitAction(inbound, action, payload));
    });
  }

  for (const action of [planInsteadAction, planHopsAction]) {
    app.action(action, async ({ ack, body }) => {
      await ack();
      work(action, MessageActionPayload, body, (payload) => onPlanInstead(inbound, payload));
    });
  }

  app.action(rollbackActions, async ({ ack, body }) => {
    await ack();
    work('rollback', MessageActionPayload, body, (payload) => onRollbackAction(inbound, payload));
  });

  app.action(planView.clusterAction, async ({ ack, body }) => {
    await ack();
    work('plan.cluster', ViewActionPayload, body, (payload) => onClusterChosen(inbound, payload));
  });

  app.action(pageTurns, async ({ ack, body }) => {
    await ack();
    work('details.page', ViewActionPayload, body, (payload) => onDetailsPage(inbound, payload));
  });

  for (const turn of [outputView.actAction, outputTurns]) {
    app.action(turn, async ({ ack, body }) => {
      await ack();
      work('output', ViewActionPayload, body, (payload) => onOutputAction(inbound, payload));
    });
  }

  app.action(anyOther, async ({ ack, body }) => {
    await ack();
    work('unknown action', MessageActionPayload, body, (payload) => onUnknownAction(inbound, payload));
  });

  app.view(planView.callbackId, async ({ ack, body }) => {
    const parsed = ViewSubmissionPayload.safeParse(body);
    if (!parsed.success) {
      await ack();
      drop('plan.submit', parsed.error);
      return;
    }
    const submission = readSubmission(parsed.data);
    if (submission.status === 'incomplete') {
      await ack({ response_action: 'errors', errors: { ...submission.errors } });
      return;
    }
    await ack();
    const respond = toAsker(parsed.data, submission.channel);
    run('plan.submit', () => onPlanSubmitted(inbound, parsed.data, submission), respond);
  });

  /** A form of one question: its errors go back with the acknowledgement, its work is done afterwards. */
  function form<Read extends { readonly channel: ChannelId }>(
    { callbackId, block }: { callbackId: string; block: string },
    read: (payload: ViewSubmissionPayload) => Read | { error: string },
    handle: (payload: ViewSubmissionPayload, read: Read) => Promise<void>,
  ): void {
    app.view(callbackId, async ({ ack, body }) => {
      const parsed = ViewSubmissionPayload.safeParse(body);
      if (!parsed.success) {
        await ack();
        drop(callbackId, parsed.error);
        return;
      }
      const said = read(parsed.data);
      if ('error' in said) {
        await ack({ response_action: 'errors', errors: { [block]: said.error } });
        return;
      }
      await ack();
      run(callbackId, () => handle(parsed.data, said), toAsker(parsed.data, said.channel));
    });
  }
  form(skipView, readSkip, (payload, said) => onSkip(inbound, payload, said));
  form(approveView, readApprove, (payload, said) => onApprove(inbound, payload, said));
  form(rollbackNodeView, readRollbackNode, (payload, said) => onRollbackNode(inbound, payload, said));
  form(handOverView, readHandOver, (payload, said) => onHandOver(inbound, payload, said));
  app.view(anyOtherForm, async ({ ack }) => {
    await ack({ response_action: 'update', view: oldForm });
  });

  app.event('app_home_opened', async ({ body }) => {
    const parsed = HomeOpenedPayload.safeParse(body);
    if (!parsed.success || parsed.data.event.tab !== 'home') return;
    inFlight.run('home', () => onHomeOpened(inbound, parsed.data.event.user));
  });

  const stopping = new AbortController();
  return {
    async start() {
      const looks = await deps.store.openLooks();
      if (looks.length > 0) inFlight.run('cut looks', () => endCutLooks(inbound, looks, stopping.signal));
    },
    drain(capMs) {
      stopping.abort();
      return inFlight.drain(capMs);
    },
  };
}
