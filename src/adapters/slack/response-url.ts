import type { Log } from '../../ports/log.ts';
import type { Message } from '../../ports/messenger.ts';

const timeoutMs = 10_000;

/**
 * Answers through a response URL (Slack: at most 5 times within 30 minutes), for one person's eyes. Bolt's own
 * `respond` has no timeout. Only Slack's own hosts, or that of the configured workspace, are ever called.
 */
export function createResponder({ log, apiUrl }: { log: Log; apiUrl?: string }) {
  return async (responseUrl: string, message: Message): Promise<boolean> => {
    if (!mayBeCalled(responseUrl, apiUrl)) {
      const host = URL.canParse(responseUrl) ? new URL(responseUrl).host : undefined;
      log.warn({ host }, 'a response URL of another host was not called');
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

/** Slack's, and GovSlack's. */
const hooks: ReadonlySet<string> = new Set(['https://hooks.slack.com', 'https://hooks.slack-gov.com']);
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

function mayBeCalled(responseUrl: string, apiUrl: string | undefined): boolean {
  const url = URL.parse(responseUrl);
  if (url === null) return false;
  if (hooks.has(url.origin)) return true;
  const api = apiUrl === undefined ? null : URL.parse(apiUrl);
  if (api === null || !/^https?:$/.test(url.protocol)) return false;
  // A workspace that is not Slack's own may answer at another port of its host, or under its host's other name.
  return url.hostname === api.hostname || (loopback.has(url.hostname) && loopback.has(api.hostname));
}
