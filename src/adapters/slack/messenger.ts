import type { View } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { assertNever } from '../../domain/assert-never.ts';
import type { ChannelId } from '../../domain/names.ts';
import type { Log } from '../../ports/log.ts';
import type { Message, Messenger, PostOutcome } from '../../ports/messenger.ts';
import { type CallFailure, callFailureOf } from './call-failure.ts';
import type { SlackClients } from './web-clients.ts';

/** Methods of Slack's Web API that this adapter calls; the manifest's scopes are checked against them. */
export const messengerMethods = [
  'chat.postMessage',
  'chat.update',
  'chat.postEphemeral',
  'chat.getPermalink',
  'views.open',
  'views.update',
  'views.publish',
  'files.getUploadURLExternal',
  'files.completeUploadExternal',
] as const;

/** Slack as a Messenger. Nothing is tried twice here; nothing is unfurled, and no name in a text becomes a link. */
export function createMessenger({ clients, log }: { clients: SlackClients; log: Log }): Messenger {
  const { progress, interactive } = clients;

  async function outcomeOf(call: Promise<{ ts?: string; message_ts?: string }>): Promise<PostOutcome> {
    try {
      const answer = await call;
      const ts = answer.ts ?? answer.message_ts;
      if (ts === undefined) return { status: 'unavailable', sent: 'unknown', reason: 'an answer without ts' };
      return { status: 'posted', ts };
    } catch (thrown) {
      return told(callFailureOf(thrown), thrown);
    }
  }

  /** Slack says in `response_metadata.messages` which block it does not like: operators need that. */
  function told(failure: CallFailure, thrown: unknown): CallFailure {
    if (failure.status === 'refused') {
      log.warn({ error: failure.error, messages: metadataOf(thrown) }, 'slack refused a call');
    }
    return failure;
  }

  async function errorOf(call: Promise<unknown>): Promise<{ error?: string }> {
    try {
      await call;
      return {};
    } catch (thrown) {
      return { error: errorName(told(callFailureOf(thrown), thrown)) };
    }
  }

  return {
    post: (channel, message, thread) =>
      outcomeOf(
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
        progress.chat.postMessage({ channel, ...content(message), ...quiet, ...replyTo(thread) }),
      ),
    update: (channel, ts, message) => outcomeOf(progress.chat.update({ channel, ts, ...content(message) })),
    postEphemeral: (channel, user, message) =>
      outcomeOf(interactive.chat.postEphemeral({ channel, user, ...content(message) })),
    async openView(triggerId, view) {
      try {
        const answer = await interactive.views.open({ trigger_id: triggerId, view });
        const viewId = answer.view?.id;
        return viewId === undefined ? { error: 'an answer without a view' } : { viewId };
      } catch (thrown) {
        return { error: errorName(told(callFailureOf(thrown), thrown)) };
      }
    },
    updateView: (viewId: string, view: View) => errorOf(interactive.views.update({ view_id: viewId, view })),
    publishHome: (user, view) => errorOf(interactive.views.publish({ user_id: user, view })),
    async uploadFile(channel, threadTs, file) {
      try {
        await upload(interactive, channel, threadTs, file);
        return { status: 'uploaded' };
      } catch (thrown) {
        return told(callFailureOf(thrown), thrown);
      }
    },
    async permalink(channel, ts) {
      try {
        return (await interactive.chat.getPermalink({ channel, message_ts: ts })).permalink;
      } catch (thrown) {
        log.warn({ failure: errorName(callFailureOf(thrown)) }, 'no permalink from slack');
        return undefined;
      }
    },
  };
}

const quiet = { unfurl_links: false, unfurl_media: false } as const;

/** Text and blocks always together: chat.update with text alone removes the blocks. */
function content(message: Message) {
  return { text: message.text, blocks: [...message.blocks] };
}

function replyTo(thread: { ts: string; broadcast: boolean } | undefined) {
  if (thread === undefined) return {};
  return thread.broadcast
    ? { thread_ts: thread.ts, reply_broadcast: true as const }
    : { thread_ts: thread.ts };
}

function upload(
  client: WebClient,
  channel: ChannelId,
  threadTs: string,
  file: { name: string; title: string; content: string },
): Promise<unknown> {
  return client.filesUploadV2({
    channel_id: channel,
    thread_ts: threadTs,
    filename: file.name,
    title: file.title,
    content: file.content,
  });
}

function errorName(failure: CallFailure): string {
  switch (failure.status) {
    case 'refused':
      return failure.error;
    case 'rate-limited':
      return 'ratelimited';
    case 'unavailable':
      return failure.reason;
    default:
      return assertNever(failure);
  }
}

function metadataOf(thrown: unknown): readonly string[] {
  const data = (thrown as { data?: { response_metadata?: { messages?: readonly string[] } } }).data;
  return data?.response_metadata?.messages?.slice(0, 5) ?? [];
}
