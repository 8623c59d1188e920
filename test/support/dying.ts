import { Crash } from './effects.ts';

/** A process that dies at its n-th chance to; everything that is asked of it afterwards dies, too. */
export function countdownToDeath(chances: number) {
  let left = chances;
  let dead = false;
  const chance = (): void => {
    if (dead) throw new Crash('dead already');
    left -= 1;
    if (left > 0) return;
    dead = true;
    throw new Crash('died');
  };
  return { chance, isDead: () => dead };
}
