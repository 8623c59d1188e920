import { type KubeObject, kubeTime } from './objects.ts';
import type { Random } from './random.ts';

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  object: KubeObject;
  previous?: KubeObject;
}

type Listener = (change: Change) => void;

const kindsWithGeneration = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'PodDisruptionBudget',
  'Pod',
  'Job',
]);

/**
 * The cluster's objects as etcd holds them: one revision counter, an ordered log of changes for watches, and the
 * indexes that keep a cluster of 30,000 pods quick. Objects are never changed in place: a change is a new object.
 */
export class ObjectStore {
  /** How many changes a watch can look back; older ones answer 410 Gone. */
  historyLimit = 20_000;
  #revision = 200;
  readonly #random: Random;
  readonly #tables = new Map<string, Map<string, KubeObject>>();
  readonly #sorted = new Map<string, string[]>();
  readonly #byNode = new Map<string, Set<string>>();
  readonly #byOwner = new Map<string, Set<string>>();
  readonly #byNamespace = new Map<string, Map<string, Set<string>>>();
  #log: Change[] = [];
  readonly #listeners = new Set<Listener>();

  constructor(random: Random) {
    this.#random = random;
  }

  get revision(): number {
    return this.#revision;
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what the kind is
  get<T extends KubeObject>(kind: string, namespace: string, name: string): T | undefined {
    return this.#tables.get(kind)?.get(keyOf(namespace, name)) as T | undefined;
  }

  /** All objects of a kind, or those of one namespace; in no order. */
  list<T extends KubeObject>(kind: string, namespace?: string): T[] {
    const table = this.#tables.get(kind);
    if (table === undefined) return [];
    if (namespace === undefined) return [...table.values()] as T[];
    return this.#resolve<T>(kind, this.#byNamespace.get(kind)?.get(namespace));
  }

  count(kind: string): number {
    return this.#tables.get(kind)?.size ?? 0;
  }

  /** Keys `namespace/name` in the order in which lists are paged. */
  sortedKeys(kind: string): readonly string[] {
    let keys = this.#sorted.get(kind);
    if (keys === undefined) {
      keys = [...(this.#tables.get(kind)?.keys() ?? [])].sort();
      this.#sorted.set(kind, keys);
    }
    return keys;
  }

  byKey(kind: string, key: string): KubeObject | undefined {
    return this.#tables.get(kind)?.get(key);
  }

  podsOn<T extends KubeObject>(node: string): T[] {
    return this.#resolve<T>('Pod', this.#byNode.get(node));
  }

  /** Objects of a kind whose controller has this uid. */
  ownedBy<T extends KubeObject>(kind: string, uid: string): T[] {
    return this.#resolve<T>(kind, this.#byOwner.get(`${kind} ${uid}`));
  }

  /** Stores a new object; uid, creationTimestamp and generateName are filled in. */
  create<T extends KubeObject>(object: T): T {
    const { metadata } = object;
    const name = metadata.name || `${metadata.generateName ?? ''}${this.#random.suffix()}`;
    const created = {
      ...object,
      metadata: {
        ...metadata,
        name,
        uid: metadata.uid ?? this.#random.uid(),
        creationTimestamp: metadata.creationTimestamp ?? kubeTime(new Date()),
        ...(kindsWithGeneration.has(object.kind) ? { generation: metadata.generation ?? 1 } : {}),
      },
    };
    const key = keyOf(metadata.namespace, name);
    if (this.#tables.get(object.kind)?.has(key)) throw new Error(`${object.kind} ${key} exists`);
    return this.#commit('ADDED', created) as T;
  }

  /** Replaces an object by what `change` makes of it; undefined when it does not exist (any more). */
  modify<T extends KubeObject>(
    kind: string,
    namespace: string,
    name: string,
    change: (object: T) => T,
  ): T | undefined {
    const previous = this.get<T>(kind, namespace, name);
    if (previous === undefined) return undefined;
    const next = change(previous);
    if (next === previous) return previous;
    const specChanged =
      next.spec !== previous.spec && JSON.stringify(next.spec) !== JSON.stringify(previous.spec);
    const generation =
      kindsWithGeneration.has(kind) && specChanged
        ? { generation: (previous.metadata.generation ?? 0) + 1 }
        : {};
    return this.#commit(
      'MODIFIED',
      { ...next, metadata: { ...next.metadata, ...generation } },
      previous,
    ) as T;
  }

  remove(kind: string, namespace: string, name: string): KubeObject | undefined {
    const previous = this.get(kind, namespace, name);
    if (previous === undefined) return undefined;
    return this.#commit('DELETED', previous, previous);
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes after a revision, or undefined when they are no longer all kept. */
  since(revision: number): readonly Change[] | undefined {
    const first = this.#log[0]?.revision ?? this.#revision + 1;
    if (revision + 1 < first) return undefined;
    return this.#log.slice(revision + 1 - first);
  }

  /** Forgets the history: a watch from before now answers 410, as after etcd's compaction. */
  compact(): void {
    this.#log = [];
  }

  /** Makes the whole content go back to `objects`, as a restored etcd does; revisions jump by `bump`. */
  restore(objects: Iterable<KubeObject>, bump: number): void {
    const wanted = new Map([...objects].map((object) => [`${object.kind} ${fullKey(object)}`, object]));
    this.#revision += bump;
    for (const table of this.#tables.values()) {
      for (const object of table.values()) {
        if (!wanted.has(`${object.kind} ${fullKey(object)}`)) this.#commit('DELETED', object, object);
      }
    }
    for (const object of wanted.values()) {
      const previous = this.#tables.get(object.kind)?.get(fullKey(object));
      this.#commit(previous === undefined ? 'ADDED' : 'MODIFIED', object, previous);
    }
    this.compact();
  }

  *all(): Iterable<KubeObject> {
    for (const table of this.#tables.values()) yield* table.values();
  }

  #resolve<T extends KubeObject>(kind: string, keys: Set<string> | undefined): T[] {
    const table = this.#tables.get(kind);
    if (keys === undefined || table === undefined) return [];
    return Array.from(keys, (key) => table.get(key) as T);
  }

  #commit(type: Change['type'], object: KubeObject, previous?: KubeObject): KubeObject {
    this.#revision += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
    const key = fullKey(stored);
    if (previous !== undefined) this.#unindex(previous, key);
    let table = this.#tables.get(stored.kind);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(stored.kind, table);
    }
    if (type === 'DELETED') table.delete(key);
    else {
      table.set(key, stored);
      this.#index(stored, key);
    }
    if (type !== 'MODIFIED') this.#sorted.delete(stored.kind);
    const change: Change = { type, revision: this.#revision, object: stored, ...(previous && { previous }) };
    this.#log.push(change);
    if (this.#log.length > this.historyLimit * 1.25) this.#log = this.#log.slice(-this.historyLimit);
    for (const listener of this.#listeners) listener(change);
    return stored;
  }

  #index(object: KubeObject, key: string): void {
    const { kind, metadata } = object;
    let namespaces = this.#byNamespace.get(kind);
    if (namespaces === undefined) {
      namespaces = new Map();
      this.#byNamespace.set(kind, namespaces);
    }
    add(namespaces, metadata.namespace ?? '', key);
    const owner = metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid;
    if (owner !== undefined) add(this.#byOwner, `${kind} ${owner}`, key);
    const node = nodeNameOf(object);
    if (node !== undefined) add(this.#byNode, node, key);
  }

  #unindex(object: KubeObject, key: string): void {
    const { kind, metadata } = object;
    this.#byNamespace
      .get(kind)
      ?.get(metadata.namespace ?? '')
      ?.delete(key);
    const owner = metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid;
    if (owner !== undefined) this.#byOwner.get(`${kind} ${owner}`)?.delete(key);
    const node = nodeNameOf(object);
    if (node !== undefined) this.#byNode.get(node)?.delete(key);
  }
}

export const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;
const fullKey = (object: KubeObject) => keyOf(object.metadata.namespace, object.metadata.name);
const nodeNameOf = (object: KubeObject) =>
  object.kind === 'Pod' ? (object.spec as { nodeName?: string } | undefined)?.nodeName : undefined;

function add(index: Map<string, Set<string>>, under: string, key: string): void {
  const keys = index.get(under);
  if (keys === undefined) index.set(under, new Set([key]));
  else keys.add(key);
}
