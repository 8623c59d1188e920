/** A map that tells of every change: what a fake API server is watched by. */
export class WatchedMap<Key, Value> extends Map<Key, Value> {
  readonly #listeners = new Set<(key: Key) => void>();

  /** @returns what ends the watch */
  watch(listener: (key: Key) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  override set(key: Key, value: Value): this {
    super.set(key, value);
    this.#tell(key);
    return this;
  }

  override delete(key: Key): boolean {
    const was = super.delete(key);
    if (was) this.#tell(key);
    return was;
  }

  #tell(key: Key): void {
    for (const listener of this.#listeners) listener(key);
  }
}
