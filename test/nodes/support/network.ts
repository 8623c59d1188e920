import { run } from './shell.ts';

/** The bridge that all test nodes are on. */
export const bridge = 'kubtest0';

/** This machine's own address there. */
export const gateway = '10.78.0.1';

/** The address of the node with that number. */
export const addressOf = (number: number) => `10.78.0.${number}`;

/** Makes the bridge, or takes the one that is there. */
export async function makeBridge(): Promise<void> {
  await run('ip', ['link', 'show', bridge]).catch(() => run('ip', ['link', 'add', bridge, 'type', 'bridge']));
  await run('ip', ['addr', 'replace', `${gateway}/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
}

/** Removes the bridge, unless somebody else's nodes are still on it. */
export async function removeBridge(): Promise<void> {
  const others = await run('ip', ['-o', 'link', 'show', 'master', bridge]);
  if (others === '') await run('ip', ['link', 'del', bridge]);
}
