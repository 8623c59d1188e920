import { run } from './shell.ts';

/** The bridge that all test nodes are on. */
export const bridge = 'kubtest0';

/** This machine's own address there. */
export const gateway = '10.78.0.1';

/** The address of the node with that number. */
export const addressOf = (number: number) => `10.78.0.${number}`;

/** Makes the bridge; gives what removes it again, which does nothing for a bridge that others had made. */
export async function makeBridge(): Promise<() => Promise<void>> {
  const there = await run('ip', ['link', 'show', bridge]).then(
    () => true,
    () => false,
  );
  if (!there) await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['addr', 'replace', `${gateway}/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  return async () => {
    if (!there) await run('ip', ['link', 'del', bridge]);
  };
}
