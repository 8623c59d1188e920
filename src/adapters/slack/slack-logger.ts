import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../../ports/log.ts';

/**
 * Slack's libraries log texts; this puts them into the bot's log under one static message, with the text as a field.
 * Debug is dropped: it holds whole payloads, and with them trigger ids, response URLs and what people typed.
 */
export function slackLogger(log: Log): Logger {
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (...texts: unknown[]) =>
      log[level]({ text: texts.map(String).join(' ') }, 'slack library');
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
