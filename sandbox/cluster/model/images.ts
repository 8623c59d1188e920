import type { Clock } from './clock.ts';
import type { FaultBoard } from './fault-board.ts';
import type { Journal } from './journal.ts';

/** One pull of one image over a usual line; the seven of a Kubernetes version take about 20 s. */
const pullMilliseconds = 3_000;

const sizes: Record<string, number> = {
  'kube-apiserver': 114_944_727,
  'kube-controller-manager': 103_015_127,
  'kube-scheduler': 71_527_126,
  'kube-proxy': 80_517_846,
  etcd: 79_309_526,
  coredns: 20_939_036,
  pause: 778_970,
};

export class PullFailure extends Error {}

/** The image store of one machine's container runtime. */
export class Images {
  readonly #node: string;
  readonly #clock: Clock;
  readonly #faults: FaultBoard;
  readonly #journal: Journal;
  readonly #present = new Set<string>();
  readonly #pulling = new Map<string, Promise<void>>();

  constructor(node: string, clock: Clock, faults: FaultBoard, journal: Journal, present: Iterable<string>) {
    this.#node = node;
    this.#clock = clock;
    this.#faults = faults;
    this.#journal = journal;
    for (const image of present) this.#present.add(image);
  }

  has(image: string): boolean {
    return this.#present.has(image);
  }

  /** As node.status.images and `crictl images` list them, largest first. */
  list(): { name: string; sizeBytes: number; id: string }[] {
    return [...this.#present]
      .map((name) => ({ name, sizeBytes: sizeOf(name), id: imageId(name) }))
      .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
  }

  remove(image: string): boolean {
    return this.#present.delete(image);
  }

  /** Fetches an image unless it is there; throws PullFailure with containerd's words. */
  async pull(image: string, signal?: AbortSignal): Promise<void> {
    if (this.has(image)) return;
    const running = this.#pulling.get(image);
    if (running !== undefined) return running;
    const pulling = this.#fetch(image, signal).finally(() => this.#pulling.delete(image));
    this.#pulling.set(image, pulling);
    return pulling;
  }

  async #fetch(image: string, signal?: AbortSignal): Promise<void> {
    const impossible = this.#faults.on('image-pull-impossible', this.#node);
    if (impossible) {
      await this.#clock.sleep(10_000, signal);
      throw new PullFailure(dialTimeout(image));
    }
    const slow = this.#faults.on('image-pull-slow', this.#node);
    await this.#clock.sleep(pullMilliseconds * (slow ? Number(slow.factor ?? 20) : 1), signal);
    this.#present.add(image);
    this.#journal.record(this.#node, 'image-pull', image);
  }
}

function dialTimeout(image: string): string {
  const [host = '', ...rest] = image.split('/');
  const [repository = '', tag = 'latest'] = rest.join('/').split(':');
  const url = `https://${host}/v2/${repository}/manifests/${tag}`;
  const cause = `failed to do request: Head "${url}": dial tcp: lookup ${host} on 10.77.0.1:53: i/o timeout`;
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${cause}`;
}

function sizeOf(image: string): number {
  const name = /([^/:]+)(?::[^/]*)?$/.exec(image)?.[1] ?? '';
  return sizes[name] ?? 3_052_251;
}

/** A stable made-up content id. */
export function imageId(image: string): string {
  let text = '';
  for (let round = 0; text.length < 64; round++) {
    let hash = 2_166_136_261 ^ round;
    for (const char of image) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
    text += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return `sha256:${text.slice(0, 64)}`;
}
