import type { Clock } from './clock.ts';
import type { Journal } from './journal.ts';
import type { Random } from './random.ts';

export interface EtcdMember {
  id: bigint;
  node: string;
  address: string;
  /** Release of the binary that runs or ran last: `3.5.24`. */
  version: string;
  running: boolean;
  learner: boolean;
  /** Size of the backend file in bytes. */
  dbSize: number;
}

const minorOf = (version: string) => Number(version.split('.')[1]);

/** The stacked etcd cluster: members, leadership, quorum and the cluster version that only a formal downgrade lowers. */
export class EtcdCluster {
  readonly clusterId: bigint;
  readonly members: EtcdMember[] = [];
  /** NOSPACE or CORRUPT, by node. */
  readonly alarms = new Map<string, string>();
  leader: bigint;
  term = 2;
  /** Minor of the cluster version, `3.<minor>`. */
  clusterMinor: number;
  /** Target minor of an enabled downgrade. */
  downgradeTo: number | undefined;
  readonly #journal: Journal;
  readonly #random: Random;
  readonly #clock: Clock;
  #downgradeReadyAt = 0;

  constructor(
    clock: Clock,
    random: Random,
    journal: Journal,
    nodes: { name: string; address: string }[],
    version: string,
  ) {
    this.#clock = clock;
    this.#journal = journal;
    this.#random = random;
    this.clusterId = random.uint64();
    this.clusterMinor = minorOf(version);
    for (const { name, address } of nodes) {
      const dbSize = 2_240_512 + 4_096 * random.integer(20);
      this.members.push({
        id: random.uint64(),
        node: name,
        address,
        version,
        running: true,
        learner: false,
        dbSize,
      });
    }
    this.leader = this.members[0]?.id ?? 0n;
  }

  memberOf(node: string): EtcdMember | undefined {
    return this.members.find((member) => member.node === node);
  }

  leaderMember(): EtcdMember | undefined {
    return this.members.find((member) => member.id === this.leader);
  }

  hasQuorum(): boolean {
    const voters = this.members.filter((member) => !member.learner);
    return voters.filter((member) => member.running).length > voters.length / 2;
  }

  /** Whether this member answers requests: it runs and sees a majority. */
  serves(node: string): boolean {
    return this.memberOf(node)?.running === true && this.hasQuorum();
  }

  stop(node: string): void {
    const member = this.memberOf(node);
    if (member === undefined || !member.running) return;
    member.running = false;
    if (this.leader === member.id) this.#elect();
  }

  /** Why a binary of this version would panic on the data it finds; undefined when it would come up. */
  refusal(version: string): string | undefined {
    const minor = minorOf(version);
    if (minor >= this.clusterMinor || (minor === this.downgradeTo && this.#isMigrated())) return undefined;
    const cluster = `3.${this.clusterMinor}.0`;
    return `invalid downgrade; server version is lower than determined cluster version","current-server-version":"${version}","determined-cluster-version":"${cluster}`;
  }

  start(node: string, version: string): void {
    const member = this.memberOf(node);
    if (member === undefined) return;
    member.version = version;
    member.running = true;
    if (this.leaderMember()?.running !== true) this.#elect();
    this.#settleVersion();
  }

  /** Moves leadership as `etcdctl move-leader` does. */
  moveLeader(to: bigint): 'moved' | 'bad leader transferee' {
    const target = this.members.find((member) => member.id === to);
    if (target === undefined || !target.running || target.learner) return 'bad leader transferee';
    if (to !== this.leader) {
      this.leader = to;
      this.term += 1;
      this.#journal.record(target.node, 'etcd-leader', target.node);
    }
    return 'moved';
  }

  /** A cluster made of restored members: new identities, and the cluster version of the snapshot. */
  reform(clusterMinor: number): void {
    this.clusterMinor = clusterMinor;
    this.downgradeTo = undefined;
    for (const member of this.members) member.id = this.#random.uint64();
    this.leader = this.members.find((member) => member.running)?.id ?? this.members[0]?.id ?? 0n;
    this.term = 2;
  }

  /** What `endpoint status` reports as storage version; empty below 3.6. */
  storageVersion(member: EtcdMember): string {
    if (minorOf(member.version) < 6) return '';
    const lowered = this.downgradeTo !== undefined && this.#isMigrated();
    return lowered ? `3.${this.downgradeTo}.0` : `3.${this.clusterMinor}.0`;
  }

  /** `etcdctl downgrade enable`: the members migrate their storage within some seconds. */
  enableDowngrade(minor: number): void {
    this.downgradeTo = minor;
    this.#downgradeReadyAt = this.#clock.elapsed() + 8_000;
  }

  #isMigrated(): boolean {
    return this.#clock.elapsed() >= this.#downgradeReadyAt;
  }

  #elect(): void {
    const next = this.members.find((member) => member.running && !member.learner);
    if (next === undefined || !this.hasQuorum()) return;
    this.leader = next.id;
    this.term += 1;
    this.#journal.record(next.node, 'etcd-leader', next.node);
  }

  // The cluster version follows the oldest member, once every member is up.
  #settleVersion(): void {
    if (!this.members.every((member) => member.running)) return;
    const oldest = Math.min(...this.members.map((member) => minorOf(member.version)));
    if (this.downgradeTo === undefined) this.clusterMinor = Math.max(this.clusterMinor, oldest);
    else if (this.members.every((member) => minorOf(member.version) === this.downgradeTo)) {
      this.clusterMinor = this.downgradeTo;
      this.downgradeTo = undefined;
    }
  }
}
