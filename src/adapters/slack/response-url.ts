import type { Log } from '../../ports/log.ts';
import type { Message } from '../../ports/messenger.ts';

const timeoutMs = 10_000;

/**
 * Answers through a response URL (Slack: at most 5 times within 30 minutes), for one person's eyes. Bolt's own
 * `respond` has no timeout. Only Slack's own host, or that of the configured workspace, is ever called.
 */
export function createResponder({ log, apiUrl }: { log: Log; apiUrl?: string }) {
  const allowed = new Set([
    'https://hooks.slack.com',
    ...(apiUrl === undefined ? [] : [new URL(apiUrl).origin]),
  ]);
  return async (responseUrl: string, message: Message): Promise<boolean> => {
    if (!URL.canParse(responseUrl) || !allowed.has(new URL(responseUrl).origin)) {
      log.warn({}, 'a response URL of another host was not called');
      return false;
    }
    try {
      const response = await fetch(responseUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify({
          response_type: 'ephemeral',
          replace_original: false,
          text: message.text,
          blocks: message.blocks,
        }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return response.ok;
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, 'a response URL did not answer');
      return false;
    }
  };
}
