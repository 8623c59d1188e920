import type { SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../../ports/log.ts';

type SocketClient = SocketModeReceiver['client'];

/**
 * The client reads frames in listeners whose promise nobody holds: JSON that is no envelope (`null`, an event without its
 * body) would be an unhandled rejection and end the process. Such a frame is logged and left; nothing acknowledges it.
 */
export function withoutUnhandledFrames(
  client: Pick<SocketClient, 'listeners' | 'off' | 'on'>,
  log: Log,
): void {
  for (const event of ['ws_message', 'slack_event'] as const) {
    for (const listener of client.listeners(event)) {
      client.off(event, listener);
      const read = async (frame: unknown[]): Promise<void> => {
        await (listener as (...of: unknown[]) => unknown)(...frame);
      };
      client.on(event, (...frame: unknown[]) => {
        read(frame).catch((error: unknown) => {
          log.warn({ error }, 'a frame from slack could not be read and was left');
        });
      });
    }
  }
}
