import { type DestinationStream, pino } from 'pino';
import { maskCredentials } from '../../domain/credentials.ts';
import type { Log, LogFields } from '../../ports/log.ts';
import { redactedPaths } from './redaction.ts';

/** Deep enough for an error with a chain of causes; a cycle ends here too. */
const deepest = 6;

/**
 * Log as JSON lines on standard output.
 *
 * @param level the least severe level that is written: trace, debug, info, warn, error
 * @param destination where the lines go instead of standard output
 */
export function createLog(options: { level: string; destination?: DestinationStream }): Log {
  const logger = pino(
    {
      level: options.level,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: mark },
    },
    // Synchronous: the last lines before a crash are the ones that are needed.
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
  return {
    debug: (fields, message) => logger.isLevelEnabled('debug') && logger.debug(clean(fields), message),
    info: (fields, message) => logger.info(clean(fields), message),
    warn: (fields, message) => logger.warn(clean(fields), message),
    error: (fields, message) => logger.error(clean(fields), message),
  };
}

const mark = '[redacted]';
const withoutCredentials = (text: string) => maskCredentials(text, mark);

const clean = (fields: LogFields) => plain(fields, 0) as Record<string, unknown>;

/** Errors become plain data with their causes, texts lose what looks like a credential. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutCredentials(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '…';
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const entries = Object.entries(value).map(([name, inner]) => [name, plain(inner, depth + 1)] as const);
  return Object.fromEntries(entries);
}

function plainError(error: Error, depth: number): unknown {
  // Only what is known to be text: errors of HTTP clients carry whole requests, headers included.
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: withoutCredentials(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack ? { stack: withoutCredentials(error.stack) } : {}),
    ...(error.cause === undefined ? {} : { cause: plain(error.cause, depth + 1) }),
  };
}
