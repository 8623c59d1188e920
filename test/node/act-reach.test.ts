import { expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import { perform } from '../../src/node/act.ts';
import type { RemoteHost } from '../../src/ports/remote-host.ts';

test('a machine that is away and back is named once, as all notes do: a thread’s line leaves the name before it out', async () => {
  const node = NodeName.parse('cp-3');
  const act: RemoteHost['act'] = async (_act, _onOutput, onReach) => {
    onReach?.({ status: 'away', seconds: 15 });
    onReach?.({ status: 'back', seconds: 95 });
    return { status: 'exited', code: 0, output: '' };
  };
  const told: string[] = [];
  await perform(
    { node, act },
    {
      base: 'abc234:cp-3:install-kubelet',
      attempt: 1,
      waitSeconds: 60,
      signal: new AbortController().signal,
      note: (text) => told.push(text),
    },
    { argv: ['true'], purpose: 'installing kubelet' },
  );
  expect(told).toEqual([
    'cp-3: it does not answer over SSH any more; installing kubelet goes on there by itself, and is found when it answers',
    'cp-3: it answers again, after 95 s',
  ]);
});
