import { ClusterConfig } from '../../src/config.ts';
import { type ChannelId, runIdFrom, type UserGroupId, type UserId } from '../../src/domain/names.ts';
import type { Run } from '../../src/domain/run.ts';
import { version } from '../../src/domain/version.ts';
import { currentVersion } from '../../src/plan/running.ts';
import type { Directory, SlackChannel, SlackUser } from '../../src/ports/directory.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import type { Look } from '../../src/snapshot/gather-snapshot.ts';
import type { BackLook } from '../../src/snapshot/look-back.ts';
import type { Offer } from '../../src/snapshot/offered-versions.ts';
import type { UseCaseDeps } from '../../src/usecases/deps.ts';
import { createUseCases } from '../../src/usecases/index.ts';
import { realClock } from './running.ts';
import { amir, channel, cluster, li } from './sample-plan.ts';
import { silentLog } from './silent-log.ts';
import { snapshotOf } from './snapshots.ts';
import { tempStore } from './temp-store.ts';

export const group = 'S0APPROVERS' as UserGroupId;

/** Use cases over a real store and a cluster that is only looked at; what it looks like can be changed. */
export function office(policy: Record<string, unknown> = {}, extra: Record<string, unknown> = {}) {
  const store: RunStore = tempStore(realClock);
  const world = {
    snapshot: snapshotOf(),
    offer: {
      status: 'known',
      current: version('1.33.13'),
      offered: ['1.33.13', '1.34.8', '1.34.9'].map(version),
    } as Offer,
    members: [amir, li] as UserId[],
    slackIsDown: false,
    /** What a look finds that is to take a run back. */
    back: { status: 'unobservable', findings: [] } as BackLook,
    users: new Map<UserId, Partial<SlackUser>>(),
    /** Names of channels that the bot can see. */
    channels: new Map<ChannelId, string>(),
    /** Who made them, and who reads them. */
    made: new Map<ChannelId, Pick<SlackChannel, 'creator' | 'isGeneral'>>(),
    readers: new Map<ChannelId, ReadonlySet<string> | 'many'>(),
    beforeLook: async (): Promise<void> => undefined,
    now: Date.now(),
  };
  const directory: Directory = {
    async user(id) {
      const known = world.users.get(id);
      if (known === undefined) return undefined;
      const plain = { deleted: false, isBot: false, isGuest: false, isStranger: false };
      return { id, teamId: 'T00000ACME', handle: 'somebody', ...plain, ...known };
    },
    channel: async (id) => {
      const name = world.channels.get(id);
      if (name === undefined) return undefined;
      return { id, name, isExternallyShared: false, isArchived: false, ...world.made.get(id) };
    },
    isMember: async () => true,
    async membersOf(id) {
      if (world.slackIsDown) throw new Error('no answer');
      return world.readers.get(id) ?? new Set();
    },
    async groupMembers() {
      if (world.slackIsDown) throw new Error('no answer');
      return world.members;
    },
  };
  const commits: Run[] = [];
  let made = 0;
  const deps: UseCaseDeps = {
    store,
    clusters: new Map([
      [
        cluster,
        ClusterConfig.parse({
          kubernetes: { kubeconfig: '/kubeconfig' },
          ssh: { user: 'upgrader', knownHosts: '/known_hosts', agent: 'env' },
          channels: [channel],
          approvers: { group },
          policy,
          ...extra,
        }),
      ],
    ]),
    directory,
    clock: { ...realClock, now: () => world.now },
    log: silentLog,
    async look(): Promise<Look> {
      await world.beforeLook();
      return { status: 'observed', snapshot: world.snapshot };
    },
    offer: async () => world.offer,
    present: async () => ({
      status: 'known',
      apiServers: [currentVersion(world.snapshot)],
      kubelets: world.snapshot.nodes.map((node) => node.kubeletVersion),
    }),
    presentVersion: async () => version('1.33.13'),
    lookBack: async () => world.back,
    observeBackups: async () => (world.back.status === 'observed' ? world.back.backups : []),
    newRunId: () => runIdFrom(Uint8Array.from({ length: 6 }, () => (made += 1))),
    onCommit: (run) => commits.push(run),
  };
  return { useCases: createUseCases(deps), deps, store, world, commits };
}

export const elsewhere = 'C0ELSEWHERE' as ChannelId;
