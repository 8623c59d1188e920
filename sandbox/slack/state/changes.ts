/** What moved in the workspace: enough for a reader to know what to read again. */
export type Change =
  | { readonly kind: 'message'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'channels' }
  | { readonly kind: 'views'; readonly user: string }
  | { readonly kind: 'notice'; readonly user: string }
  | { readonly kind: 'sockets' }
  | { readonly kind: 'faults' };

export type Listener = (change: Change) => void;

/** Where every change of the workspace is announced, after it has happened. */
export class Changes {
  readonly #listeners = new Set<Listener>();

  announce(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** @returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
