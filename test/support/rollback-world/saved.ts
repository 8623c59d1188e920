import { createHash } from 'node:crypto';
import type { RunId, StepKey } from '../../../src/domain/names.ts';
import type { SavedFile } from '../../../src/domain/rollback.ts';
import type { ObservedBackup } from '../../../src/domain/rollback-facts.ts';
import type { StepOf } from '../../../src/domain/step.ts';
import { takenAt } from '../snapshots.ts';
import { Impossible, nodeIn, type Saved, type World } from './world.ts';

export function contentOf<Kind extends Saved['kind']>(
  world: World,
  file: SavedFile,
  kind: Kind,
): Saved & { kind: Kind } {
  const found = world.saved.get(file.path);
  if (found?.backup.sha256 !== file.sha256 || found.content.kind !== kind) {
    throw new Impossible(`${file.path} holds no ${kind} with that seal`);
  }
  return found.content as Saved & { kind: Kind };
}

export function save(world: World, run: RunId, step: StepKey, name: string, content: Saved): World {
  const path = `/backups/${run}/${step.replaceAll('/', '_')}/${name}`;
  const backup: ObservedBackup = {
    run,
    step,
    kind: content.kind,
    path,
    sha256: createHash('sha256').update(path).digest('hex'),
    takenAt: new Date(takenAt - 3_600_000).toISOString(),
    state: 'intact',
  };
  return { ...world, saved: new Map(world.saved).set(path, { backup, content }) };
}

/** Where the configuration keeps the backups of one run only, those of others go as soon as there are newer ones. */
export function pruned(world: World, run: RunId, { input }: StepOf<'back-up-etcd'>): World {
  const kept = [run, ...(input.keep ?? [])];
  return { ...world, saved: new Map([...world.saved].filter(([, { backup }]) => kept.includes(backup.run))) };
}

export function filesOf(world: World, name: string): Saved {
  const { etcd } = world.snapshot;
  const members = etcd.topology === 'stacked' ? etcd.members : [];
  return {
    kind: 'node-files',
    node: nodeIn(world, name),
    kubeletFiles: world.kubeletFiles.get(name) ?? 0,
    etcd: members.find((member) => member.node === name)?.version ?? '',
  };
}

/** Every backup that lies there, as somebody who looks sees it. */
export function backupsIn(world: World): ObservedBackup[] {
  return [...world.saved.values()].map(({ backup }) => backup);
}
