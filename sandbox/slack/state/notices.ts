import type { Changes } from './changes.ts';
import type { Clock, Notice } from './model.ts';

/** What Slack told people about an app that did not answer. Newest last; kept while the workspace runs. */
export class Notices {
  readonly #notices: Notice[] = [];
  readonly #clock: Clock;
  readonly #changes: Changes;

  constructor(clock: Clock, changes: Changes) {
    this.#clock = clock;
    this.#changes = changes;
  }

  tell(user: string, code: string, text: string, about: Notice['about']): void {
    this.#notices.push({ user, at: this.#clock.now(), code, text, about });
    this.#changes.announce({ kind: 'notice', user });
  }

  for(user: string): readonly Notice[] {
    return this.#notices.filter((notice) => notice.user === user);
  }
}
