import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { openRunStore } from '../../src/adapters/sqlite/run-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { databaseDirectory } from './temp-directory.ts';

const directories: string[] = [];
const open = new Set<RunStore>();
const users: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(users.splice(0).map((stop) => stop()));
  for (const store of open) await store.close();
  open.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** Has whoever uses a store stopped after the test, before stores are closed. */
export function beforeClosing(stop: () => Promise<void>): void {
  users.push(stop);
}

/** A path for a database that is removed after the test. */
export function tempDatabase(): string {
  const directory = databaseDirectory('upgrade-bot-store-');
  directories.push(directory);
  return join(directory, 'bot.sqlite');
}

/** A store on a real file that is closed after the test. */
export function tempStore(clock: Clock, path = tempDatabase()): RunStore {
  const store = openRunStore(path, clock);
  open.add(store);
  return {
    ...store,
    async close() {
      open.delete(store);
      await store.close();
    },
  };
}
