import type { Log } from '../../ports/log.ts';

/**
 * Ends the process, with a line in the log that says why, at an error that nobody handles: what is left of the program
 * cannot be trusted then, and runs are taken up again by the next one from what is stored. Without this Node prints a
 * stack and nothing else. Such errors come from libraries, too: @slack/socket-mode drops the promise of its retries of
 * apps.connections.open, so a token that is revoked in between is a rejection that nobody can catch.
 */
export function endOnUnhandledErrors(log: Pick<Log, 'error'>): void {
  // Node makes an unhandled rejection an uncaught exception where nobody listens for rejections themselves.
  process.on('uncaughtException', (error, origin) => {
    log.error(
      { err: error, origin },
      'ending because of an error that nobody handles; runs are taken up again at the next start',
    );
    process.exit(1);
  });
}
