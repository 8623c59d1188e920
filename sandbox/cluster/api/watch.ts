import type { ServerResponse } from 'node:http';

import type { KubeObject } from '../model/objects.ts';
import { groupVersionOf } from '../model/resources.ts';
import type { Change } from '../model/store.ts';
import { gone } from './errors.ts';
import { filterOf } from './read.ts';
import type { ResourceRequest } from './request.ts';
import { asTable, wantsTable } from './table.ts';

/** Simulated milliseconds between bookmarks. */
const bookmarkMilliseconds = 60_000;

/** One open watch: a cursor over the store's history that writes what its filter lets through. */
export class Watch {
  readonly #request: ResourceRequest;
  readonly #response: ServerResponse;
  readonly #matches: (object: KubeObject) => boolean;
  #cursor: number;
  #cancelBookmark: () => void = () => {};
  #timeout: NodeJS.Timeout;
  #ended = false;

  constructor(request: ResourceRequest, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.#matches = filterOf(request);
    const { query, model } = request;
    const asked = query.get('resourceVersion') ?? '';
    const initial = query.get('sendInitialEvents') === 'true';
    const seconds = Number(query.get('timeoutSeconds') ?? 0) || 1_800 + model.random.integer(1_800);
    this.#timeout = setTimeout(() => this.end(), seconds * 1_000);
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    if (asked === '' || asked === '0' || initial) {
      this.#cursor = model.store.revision;
      this.#sendAll();
      if (initial) this.#bookmark(true);
    } else this.#cursor = Number(asked);
    response.on('close', () => this.end());
    if (query.get('allowWatchBookmarks') === 'true') this.#nextBookmark();
    this.flush();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Writes what has happened since the last time. */
  flush(): void {
    if (this.#ended) return;
    const { store } = this.#request.model;
    if (this.#cursor >= store.revision) return;
    const changes = store.since(this.#cursor);
    if (changes === undefined) {
      this.#write('ERROR', gone(this.#cursor, store.revision).status());
      this.end();
      return;
    }
    for (const change of changes) {
      const type = this.#typeFor(change);
      if (type !== undefined) this.#event(type, change.object);
    }
    this.#cursor = store.revision;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timeout);
    this.#cancelBookmark();
    this.#response.end();
  }

  // An object that begins or ceases to match appears and disappears for this watcher.
  #typeFor({ type, object, previous }: Change): Change['type'] | undefined {
    if (object.kind !== this.#request.resource.kind) return undefined;
    const now = type !== 'DELETED' && this.#matches(object);
    const before = previous !== undefined && this.#matches(previous);
    if (now) return before ? 'MODIFIED' : 'ADDED';
    return before ? 'DELETED' : undefined;
  }

  #sendAll(): void {
    const { model, resource } = this.#request;
    for (const object of model.store.list(resource.kind))
      if (this.#matches(object)) this.#event('ADDED', object);
  }

  #event(type: string, object: KubeObject): void {
    this.#write(type, wantsTable(this.#request) ? asTable(this.#request, [object], {}) : object);
  }

  #bookmark(initialEnd = false): void {
    const { resource, model } = this.#request;
    this.#write('BOOKMARK', {
      kind: resource.kind,
      apiVersion: groupVersionOf(resource),
      metadata: {
        resourceVersion: String(initialEnd ? this.#cursor : model.store.revision),
        ...(initialEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
      },
    });
  }

  #nextBookmark(): void {
    const { clock } = this.#request.model;
    this.#cancelBookmark = clock.after(Math.max(bookmarkMilliseconds, 1_000 * clock.scale), () => {
      this.flush();
      if (this.#ended) return;
      this.#bookmark();
      this.#nextBookmark();
    });
  }

  #write(type: string, object: unknown): void {
    this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }
}
