import type { EtcdMember, Snapshot } from '../../domain/snapshot.ts';
import { etcdMembersOf } from '../running.ts';
import { type Destination, etcdLineAt } from './destination.ts';
import { isLineNewer } from './node-back.ts';

/** How etcd stands now against where a rollback leads. */
export interface EtcdSituation {
  /**
   * `same`: no member is of a newer line. `mixed`: at least one still runs the old line, so etcd has not raised its
   * cluster version, and the others can simply go back. `moved`: all are newer, and an older binary refuses to start.
   * `unseen`: nobody could tell. `external`: it is not the cluster's own.
   */
  readonly kind: 'external' | 'same' | 'mixed' | 'moved' | 'unseen';
  readonly newer: readonly EtcdMember[];
  readonly older: readonly EtcdMember[];
  /** The line that it would go back to, `3.5`. */
  readonly line?: string;
}

/** Compares the members with the saved states. One that does not tell its version counts as moved: the dearer answer. */
export function etcdSituation(snapshot: Snapshot, destination: Destination): EtcdSituation {
  if (snapshot.etcd.topology === 'external') return { kind: 'external', newer: [], older: [] };
  const lines = [...destination.nodes.values()].flatMap((state) =>
    state.at.role === 'control-plane' ? (etcdLineAt(state) ?? []) : [],
  );
  // Members may have begun on different lines, when the upgrade had finished a half-done one: the oldest counts.
  const line = lines.toSorted()[0];
  const members = etcdMembersOf(snapshot);
  if (members.length === 0)
    return { kind: 'unseen', newer: [], older: [], ...(line === undefined ? {} : { line }) };
  if (line === undefined) return { kind: 'same', newer: [], older: [...members] };
  const older = members.filter(({ version }) => version !== '' && !isLineNewer(version, line));
  const newer = members.filter((member) => !older.includes(member));
  const holdsBack = older.some(({ isLearner }) => !isLearner);
  return { kind: newer.length === 0 ? 'same' : holdsBack ? 'mixed' : 'moved', newer, older, line };
}
