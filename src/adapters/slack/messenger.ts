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

/** Called too, and done without where the app was not given their scopes. */
export const optionalMethods = ['conversations.history', 'conversations.replies'] as const;

/** How far the clocks of Slack and of this machine may be apart: beyond it a post would be missed, and made twice. */
const aroundMs = 60 * 60_000;
/** A page has 200 messages: a channel in which more is said in that time is not searched to its end. */
const mostPages = 5;

/** Slack as a Messenger. Nothing is tried twice here; nothing is unfurled, and no name in a text becomes a link. */
export function createMessenger({ clients, log }: { clients: SlackClients; log: Log }): Messenger {
  const { progress, interactive, lookup } = clients;

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
    post: (channel, message, thread, mark) =>
      outcomeOf(
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
        progress.chat.postMessage({
          channel,
          ...content(message),
          ...quiet,
          ...replyTo(thread),
          ...(mark === undefined ? {} : { metadata: { event_type: markType, event_payload: { mark } } }),
        }),
      ),
    async find(channel, mark, around, threadTs) {
      const at = Date.parse(around);
      const range = {
        channel,
        oldest: String((at - aroundMs) / 1_000),
        latest: String((at + aroundMs) / 1_000),
        include_all_metadata: true,
        limit: 200,
      };
      try {
        let cursor: string | undefined;
        for (let page = 0; page < mostPages; page += 1) {
          const asked = { ...range, ...(cursor === undefined ? {} : { cursor }) };
          const { messages = [], response_metadata: next } = await (threadTs === undefined
            ? lookup.conversations.history(asked)
            : lookup.conversations.replies({ ...asked, ts: threadTs }));
          const ts = messages.find((message) => isMarked(message, mark))?.ts;
          if (ts !== undefined) return { status: 'found', ts };
          cursor = next?.next_cursor;
          if (cursor === undefined || cursor === '') return { status: 'absent' };
        }
        return { status: 'refused', error: 'too_many_messages' };
      } catch (thrown) {
        return told(callFailureOf(thrown), thrown);
      }
    },
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

const markType = 'k8s_upgrade_bot_post';

/** Whether Slack shows the mark of a post on a message: `metadata` comes with `include_all_metadata`. */
function isMarked(message: unknown, mark: string): boolean {
  const { metadata } = message as { metadata?: { event_type?: string; event_payload?: { mark?: string } } };
  return metadata?.event_type === markType && metadata.event_payload?.mark === mark;
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
