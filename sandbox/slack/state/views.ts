import type { Changes } from './changes.ts';
import { newId, secret } from './ids.ts';
import type { OpenView } from './model.ts';
import { initialValues, keptValues } from './view-values.ts';

export type ViewContent = Pick<
  OpenView,
  | 'title'
  | 'submit'
  | 'close'
  | 'blocks'
  | 'privateMetadata'
  | 'callbackId'
  | 'externalId'
  | 'clearOnClose'
  | 'notifyOnClose'
>;

/** Slack: at most 3 modals lie on each other. */
const maxStack = 3;

/** What each user has open: a stack of modals, and the app's Home tab. */
export class Views {
  readonly #stacks = new Map<string, OpenView[]>();
  readonly #homes = new Map<string, OpenView>();
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** Bottom first. */
  stack(user: string): readonly OpenView[] {
    return this.#stacks.get(user) ?? [];
  }

  home(user: string): OpenView | undefined {
    return this.#homes.get(user);
  }

  find(reference: { id: string } | { externalId: string }): OpenView | undefined {
    const all = [...this.#homes.values(), ...[...this.#stacks.values()].flat()];
    return all.find((view) =>
      'id' in reference ? view.id === reference.id : view.externalId === reference.externalId,
    );
  }

  /** A new stack of one. */
  open(user: string, content: ViewContent): OpenView {
    const view = this.#make(user, 'modal', content, undefined);
    this.#setStack(user, [view]);
    return view;
  }

  /** @returns undefined if three views lie there already. */
  push(user: string, content: ViewContent): OpenView | undefined {
    const stack = this.stack(user);
    if (stack.length >= maxStack) return undefined;
    const view = this.#make(user, 'modal', content, stack.at(-1));
    this.#setStack(user, [...stack, view]);
    return view;
  }

  /** Keeps what the user has typed where the block and action ids are still the same, as Slack does. */
  update(view: OpenView, content: ViewContent): void {
    const values = keptValues(view.values, content.blocks);
    Object.assign(view, content, { hash: newHash(), errors: {}, values });
    this.changed(view);
  }

  publish(user: string, content: ViewContent): OpenView {
    const known = this.#homes.get(user);
    if (known !== undefined) {
      this.update(known, content);
      return known;
    }
    const view = this.#make(user, 'home', content, undefined);
    this.#homes.set(user, view);
    this.changed(view);
    return view;
  }

  /** Takes the top view away; the one below shows again. */
  close(view: OpenView): void {
    this.#setStack(
      view.user,
      this.stack(view.user).filter((open) => open !== view),
    );
  }

  clear(user: string): void {
    this.#setStack(user, []);
  }

  changed(view: OpenView): void {
    this.#changes.announce({ kind: 'views', user: view.user });
  }

  #setStack(user: string, stack: OpenView[]): void {
    this.#stacks.set(user, stack);
    this.#changes.announce({ kind: 'views', user });
  }

  #make(user: string, type: OpenView['type'], content: ViewContent, below: OpenView | undefined): OpenView {
    const id = newId('V');
    return {
      ...content,
      id,
      user,
      type,
      rootId: below?.rootId ?? id,
      previousId: below?.id,
      hash: newHash(),
      values: initialValues(content.blocks),
      errors: {},
    };
  }
}

function newHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${secret(4)}`;
}
