import { isDeepStrictEqual } from 'node:util';
import { StepFailure } from '../../domain/failure.ts';
import {
  type Kubernetes,
  ownWriter,
  type Restorable,
  type RestorableContent,
} from '../../ports/kubernetes.ts';

type Content = RestorableContent['content'];

/** What putting an object back comes to. */
export type Return =
  | { readonly status: 'as-saved' }
  | { readonly status: 'put'; readonly next: Content }
  /** Somebody has edited it since the upgrade: what is not the upgrade's work stays. `next` is what may be put back all the same. */
  | { readonly status: 'edited'; readonly by: string; readonly next?: Content };

/**
 * Compares an object with its backup. What differs and was written last by kubeadm is the upgrade's work and is put back
 * whole; what somebody else wrote last is theirs. Where the API server keeps no record of who wrote, it is put
 * back: the rollback's own backup has what was there.
 * @param leastOf what must go back also in an object that somebody has edited
 */
export function returnOf(
  present: RestorableContent,
  saved: Content,
  leastOf: (present: Content) => Content | undefined,
): Return {
  if (isDeepStrictEqual(present.content, saved)) return { status: 'as-saved' };
  const { writer } = present;
  if (writer === undefined || writer === 'kubeadm') return { status: 'put', next: saved };
  const next = leastOf(present.content);
  const isLeft = next !== undefined && !isDeepStrictEqual(present.content, next);
  // What the bot wrote is either whole, or the least of what somebody else had edited.
  if (writer === ownWriter)
    return next === undefined || isLeft ? { status: 'put', next: saved } : { status: 'as-saved' };
  return { status: 'edited', by: writer, ...(isLeft ? { next } : {}) };
}

const mostConflicts = 8;

/**
 * Puts an object back as `decide` says, which is asked anew for one that changed meanwhile. Gives what it came to; undefined
 * when there is no such object any more.
 */
export async function putBack(
  kubernetes: Pick<Kubernetes, 'getRestorable' | 'putBack'>,
  of: Restorable,
  decide: (present: RestorableContent) => Return,
): Promise<Return | undefined> {
  for (let conflicts = 0; conflicts < mostConflicts; conflicts += 1) {
    const present = await kubernetes.getRestorable(of);
    if (!present) return undefined;
    const decided = decide(present);
    const next = decided.status === 'as-saved' ? undefined : decided.next;
    if (next === undefined) return decided;
    if (await kubernetes.putBack(of, { content: next, resourceVersion: present.resourceVersion }))
      return decided;
  }
  throw new StepFailure(
    'kubernetes.unavailable',
    `Could not put ${of.kind} ${of.namespace}/${of.name} back: it kept changing meanwhile.`,
  );
}
