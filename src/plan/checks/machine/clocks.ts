import type { NodeSnapshot } from '../../../domain/snapshot.ts';
import { count, listOf } from '../../text.ts';
import { type Check, nodeObjects, when } from '../check.ts';
import { toldBy } from './reached.ts';

const tolerable = { warningMs: 1_000, blockerMs: 5_000 };

interface Skewed {
  readonly node: NodeSnapshot;
  readonly offsetMs: number;
  /** What it is off at least, whatever the way there took. */
  readonly atLeastMs: number;
}

const told = ({ node, offsetMs }: Skewed): string =>
  `${node.name} ${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;

/**
 * Clocks that are off the bot's. Leases, certificates and etcd's elections rest on clocks that agree; the time that a
 * question took on its way is taken off, so a slow connection is no skew.
 */
export const checkClocks: Check = (snapshot) => {
  const clocks = toldBy(snapshot.nodes).flatMap(({ node, machine }) =>
    machine.clock === undefined ? [] : [{ node, ...machine.clock }],
  );
  const skewed = clocks
    .map(
      ({ node, offsetMs, uncertaintyMs }): Skewed => ({
        node,
        offsetMs,
        atLeastMs: Math.abs(offsetMs) - uncertaintyMs,
      }),
    )
    .filter(({ atLeastMs }) => atLeastMs > tolerable.warningMs);
  // All of several alike: then it is rather the one clock that they are held against.
  const ours = skewed.length > 1 && skewed.length === clocks.length && sameWay(skewed);
  const blocking = ours ? [] : skewed.filter(({ atLeastMs }) => atLeastMs > tolerable.blockerMs);
  const slight = skewed.filter((each) => !blocking.includes(each));
  const finding = (of: readonly Skewed[], severity: 'blocker' | 'warning') => ({
    code: 'node.clock-skew',
    severity,
    objects: nodeObjects(of.map(({ node }) => node)),
    summary: ours
      ? `All ${count(of.length, 'clock')} are off the bot's alike (${listOf(of.map(told))}): the bot's own is likely wrong.`
      : `Clocks are off: ${listOf(of.map(told))}.`,
    facts: Object.fromEntries(of.map(({ node, offsetMs }) => [node.name, `${offsetMs} ms`])),
    remedy: ours
      ? 'Set the clock of the machine that the bot runs on (`timedatectl`), then plan again.'
      : 'See `timedatectl` and `chronyc tracking` there, let the clocks be set, then plan again.',
  });
  return [
    ...when(blocking.length > 0, () => finding(blocking, 'blocker')),
    ...when(slight.length > 0, () => finding(slight, 'warning')),
  ];
};

function sameWay(skewed: readonly Skewed[]): boolean {
  const offsets = skewed.map(({ offsetMs }) => offsetMs);
  return Math.max(...offsets) - Math.min(...offsets) < tolerable.warningMs;
}
