import { z } from 'zod';
import type { SavedFile } from '../../domain/rollback.ts';
import type { BackupStore } from '../../ports/backup-store.ts';
import type { RestorableContent } from '../../ports/kubernetes.ts';
import { type Return, returnOf } from './put-back.ts';
import { savedJson } from './saved-file.ts';

/** config-maps.json, as back-up-config-maps writes it. */
const SavedMaps = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      data: z.record(z.string(), z.string()),
    }),
  ),
});

/** The saved ConfigMaps' data by name. Throws `backup.corrupt`. */
export async function savedConfigMaps(
  backups: Pick<BackupStore, 'readBytes'>,
  saved: SavedFile,
): Promise<Map<string, Record<string, string>>> {
  const { items } = await savedJson(backups, saved, SavedMaps);
  return new Map(items.map(({ metadata, data }) => [metadata.name, data]));
}

/** What putting a ConfigMap back comes to. Of kubeadm-config the version goes back whoever else has edited it. */
export function configMapReturn(
  name: string,
  present: RestorableContent,
  saved: Readonly<Record<string, string>>,
): Return {
  return returnOf(present, saved, (content) =>
    name === 'kubeadm-config' ? withVersionOf(content, saved) : undefined,
  );
}

const versionLine = /^kubernetesVersion:.*$/m;

function withVersionOf(
  content: RestorableContent['content'],
  saved: Readonly<Record<string, string>>,
): RestorableContent['content'] {
  const present = content['ClusterConfiguration'];
  const line = versionLine.exec(saved['ClusterConfiguration'] ?? '')?.[0];
  return typeof present === 'string' && line !== undefined
    ? { ...content, ClusterConfiguration: present.replace(versionLine, () => line) }
    : content;
}

/** For people: what became of an object. */
export function returnFact(returned: Return | undefined): string {
  if (!returned) return 'not there';
  switch (returned.status) {
    case 'as-saved':
      return 'as saved';
    case 'put':
      return 'put back';
    case 'edited':
      return `kept: edited since by ${returned.by}`;
    default:
      return returned satisfies never;
  }
}
