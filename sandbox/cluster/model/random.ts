// The alphabet of k8s.io/apimachinery/pkg/util/rand: no vowels and no look-alikes, so that no words come out.
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** A seeded source of names and identifiers (mulberry32): the same seed gives the same cluster. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** `length` characters as the API server appends to generateName. */
  suffix(length = 5): string {
    return Array.from({ length }, () => letters[this.integer(letters.length)]).join('');
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.integer(16).toString(16)).join('');
  }

  uid(): string {
    const h = this.hex(32);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
  }

  /** A 64-bit identifier as etcd gives its members; most do not fit a double. */
  uint64(): bigint {
    return BigInt(`0x${this.hex(16)}`) | 0x1000_0000_0000_0001n;
  }
}

/** A short stable hash in that alphabet, as in the name of a ReplicaSet or a controller-revision-hash. */
export function templateHash(value: unknown): string {
  let hash = 2_166_136_261;
  for (const char of JSON.stringify(value)) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return new Random(hash >>> 0).suffix(10);
}
