import type { Run } from '../../domain/run.ts';
import { type WayBackNow, wayBackOf } from '../../domain/way-back.ts';
import { duration } from '../text/duration.ts';
import { escaped } from '../text/untrusted.ts';

/** What going back would take at this moment of a run, in a few words (mrkdwn). */
export function wayBackNow(run: Pick<Run, 'plan' | 'steps'>): string {
  const way = wayBackOf(run);
  const farther =
    way.onlyByBackups === undefined
      ? ''
      : `. Farther, to ${way.onlyByBackups}, only from the backups: what was written since is lost`;
  return `${back(way)}${farther}`;
}

function back({ kind, to, until, etcd, seconds }: WayBackNow): string {
  const time = `about ${duration(seconds)}`;
  if (kind === 'keep-etcd') {
    const stays = etcd === undefined ? 'etcd stays at its new version' : `etcd stays at ${escaped(etcd)}`;
    return `${stays}, everything else can go back to ${to} in ${time}; no data is lost`;
  }
  const free =
    until === undefined
      ? `free to ${to}`
      : `free until ${until.node === undefined ? 'the last' : `${until.node}’s`} etcd is upgraded (step ${until.place} of ${until.of})`;
  if (kind === 'nothing') return `nothing is changed yet; ${free}`;
  return until === undefined ? `${free} in ${time}; no data is lost` : `${free}, ${time}`;
}
