import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../../ports/log.ts';

/** A proxy's page in place of an answer becomes an error's text; its beginning says what it is. */
const longestText = 500;

const clipped = (text: string): string =>
  text.length <= longestText ? text : `${text.slice(0, longestText)}…`;

/**
 * Slack's libraries log texts; this puts them into the bot's log under one static message, with the text as a field.
 * Debug is dropped: it holds whole payloads, and with them trigger ids, response URLs and what people typed.
 */
export function slackLogger(log: Log): Logger {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (...texts: unknown[]) =>
      log[level]({ text: clipped(texts.map(String).join(' ')) }, 'slack library');
  return {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
