import { basename, dirname } from 'node:path';
import type { Run } from '../../domain/run.ts';
import { count, fold } from '../text/fold.ts';
import { code } from '../text/untrusted.ts';
import type { Inbound } from './deps.ts';

/**
 * What the way back of an upgrade rests on, looked at just now: the card's own words about it go by the run's record. For
 * what costs a look at every machine (packages, what is stored) it says how that is looked at.
 */
export async function savedText(
  { useCases, log }: Pick<Inbound, 'useCases' | 'log'>,
  run: Run,
): Promise<string | undefined> {
  const rest = `Repositories and stored objects are looked at by ${code(`/k8s-rollback ${run.id}`)}.`;
  try {
    const saved = await useCases.savedNow(run);
    if (saved === undefined) return undefined;
    if (saved.status === 'gone-on') {
      const { later } = saved;
      return `⚠️ *Since then* run ${code(later)} went on from here: what stands above of the way back holds once that one is taken back, ${code(`/k8s-rollback ${later}`)}.`;
    }
    if (saved.status === 'too-slow') return `*Backups* are too large to be read through just now. ${rest}`;
    const { files, bad } = saved;
    if (files === 0) return `⚠️ *Backups* none of this run is known, so no way back can be planned.`;
    if (bad.length === 0) {
      return `*Backups* ${count(files, 'file')} there and unchanged, looked at just now. ${rest}`;
    }
    const names = fold(
      bad.map(({ path, state }) => `${code(shortName(path))} ${state}`),
      { separator: ', ', maxEntries: 8, maxChars: 800 },
    );
    return (
      `⚠️ *Backups* ${bad.length} of ${count(files, 'file')} cannot be used, looked at just now: ${names}. ` +
      `What needs them cannot go back; ${code(`/k8s-rollback ${run.id}`)} says which ways are still open.`
    );
  } catch (error) {
    log.warn({ error, run: run.id }, 'the backups of a run could not be looked at');
    return `*Backups* could not be looked at just now. ${rest}`;
  }
}

/** `nodes/w-01.tar.gz`, `etcd.db`: enough to tell them apart. */
function shortName(path: string): string {
  const parent = basename(dirname(path));
  return parent === 'nodes' || parent.startsWith('before-') ? `${parent}/${basename(path)}` : basename(path);
}
