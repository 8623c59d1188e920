import { randomBytes, randomInt } from 'node:crypto';

import type { Clock } from './model.ts';

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';

/** An id as Slack makes them: a letter for the kind, then capitals and digits. */
export function newId(kind: string): string {
  return `${kind}0${Array.from({ length: 9 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}

/** A stable, readable id for seeded objects: ("U", "dana") → U00000DANA. */
export function seededId(kind: string, name: string): string {
  return (
    kind +
    name
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '')
      .padStart(9, '0')
  );
}

export function secret(bytes = 12): string {
  return randomBytes(bytes).toString('hex');
}

/** Slack gives blocks without a block_id a short random one. */
export function newBlockId(): string {
  return randomBytes(4).toString('base64').slice(0, 5);
}

/** Message timestamps: seconds, a dot, six digits; unique and rising in the workspace. */
export function timestamps(clock: Clock): () => string {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now() * 1000);
    return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`;
  };
}
