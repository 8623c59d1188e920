/**
 * Time as the bot sees it: the one source of now and of waiting, so that tests and the sandbox can set the pace. It has
 * two sides, since the time of day of a machine is set by people and by NTP, forward and back, in the middle of a wait:
 *
 * - `now` is for what is shown, what is written down, and what is compared with what another process or machine wrote.
 * - `elapsed` is for how long and until when: every wait and deadline within this process.
 *
 * What outlives a process (when an attempt began, when it is tried again, windows, expiries) is counted by `now` alone.
 * Set forward between two processes, it makes such moments come sooner; set back, later, but for an attempt's own time,
 * which then begins anew, and a retry, which is never waited for longer than its longest delay.
 */
export interface Clock {
  /** Milliseconds since the epoch, by a clock that can be set. */
  now(): number;
  /** Milliseconds since a moment that only this process knows; grows steadily, whatever is done to `now`. */
  elapsed(): number;
  /** Resolves after `ms` of `elapsed`, or at once when the signal fires; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
