import type { Demo } from '../demo/start-demo.ts';
import { channel, type Play } from './story.ts';

/** No play is allowed to hang: after this it has failed. */
const longestMs = 180_000;

/** Plays a story, prints the conversation as the channel would show it, and says how it ended. Gives the exit code. */
export async function runPlay(demo: Demo, play: Play): Promise<number> {
  const began = performance.now();
  const abandoned = demo.failed.then((lastWords) => {
    throw new Error(lastWords);
  });
  const ended = await Promise.race([play.story(demo), abandoned, tooLong()]).then(
    () => ({ ok: true, why: '' }),
    (error: unknown) => ({ ok: false, why: firstParagraph(error) }),
  );
  const conversation = await demo.workspace.client
    .renderConversation(play.channel ?? channel)
    .catch((error: unknown) => `(the conversation could not be read: ${String(error)})`);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  process.stdout.write(`${conversation}\n\n`);
  process.stdout.write(
    ended.ok
      ? `The play went well: ${play.moral} (${seconds} s)\n`
      : `The play failed after ${seconds} s: ${ended.why}\n`,
  );
  return ended.ok ? 0 : 1;
}

/** Waits that were in vain bring the whole conversation along; it is printed once. */
function firstParagraph(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n\n')[0] ?? message;
}

function tooLong(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`it was not over after ${longestMs / 1_000} s`)), longestMs).unref();
  });
}
