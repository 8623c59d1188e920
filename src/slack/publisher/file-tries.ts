import type { UploadOutcome } from '../../ports/messenger.ts';
import type { FileState } from '../../ports/run-store.ts';

/** Waits before a further try of an upload that Slack has surely not taken. */
const patienceMs = [5_000, 30_000, 120_000] as const;

/** One file on its way into a thread: put there once; after a crash in the middle at most twice. */
export interface FileTries {
  /** Milliseconds until a try is due; undefined when there is nothing to try any more. */
  dueInMs(state: FileState | undefined, now: number): number | undefined;
  /**
   * One try. What is known of it is written down before it and after it.
   * @returns whether Slack has said that it takes no such file; undefined while that is open or it went well
   */
  put(
    state: FileState | undefined,
    save: (state: FileState | undefined) => Promise<void>,
    upload: () => Promise<UploadOutcome>,
  ): Promise<Exclude<UploadOutcome, { status: 'uploaded' }> | undefined>;
  /** Whether no further try will be made after the last outcome. */
  isGivenUp(): boolean;
}

/** @param time as of the publisher, for waits */
export function createFileTries(time: () => number): FileTries {
  let setBacks = 0;
  let heldUntil = 0;
  let givenUp = false;

  return {
    dueInMs(state, now) {
      return state === undefined || state === 'once' ? Math.max(0, heldUntil - now) : undefined;
    },
    async put(state, save, upload) {
      // Written before: whoever takes over after a crash knows that the file may be there already.
      await save(state === undefined ? 'once' : 'twice');
      const outcome = await upload();
      if (outcome.status === 'uploaded') {
        await save('done');
        return undefined;
      }
      const wait = patienceMs[setBacks];
      // A scope that is missing will be missing next time.
      if (outcome.status === 'refused' || wait === undefined) {
        givenUp = true;
        return outcome;
      }
      setBacks += 1;
      heldUntil = time() + wait;
      const isSurelyNotThere = outcome.status === 'rate-limited' || outcome.sent === 'no';
      if (isSurelyNotThere) await save(state);
      return outcome;
    },
    isGivenUp: () => givenUp,
  };
}
