/** One call of the Web API, as it was answered. */
export interface LoggedCall {
  readonly at: number;
  readonly method: string;
  readonly channel: string | undefined;
  readonly status: number;
  /** Slack's error name, or undefined when the call succeeded. */
  readonly error: string | undefined;
}

const kept = 2_000;

/** The last calls, oldest first. */
export class CallLog {
  #calls: LoggedCall[] = [];

  add(call: LoggedCall): void {
    this.#calls.push(call);
    if (this.#calls.length > kept * 2) this.#calls = this.#calls.slice(-kept);
  }

  all(): readonly LoggedCall[] {
    return this.#calls.slice(-kept);
  }
}
