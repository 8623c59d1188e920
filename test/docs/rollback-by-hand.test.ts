import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { revisionBump } from '../../src/node/etcd-restore.ts';

const page = readFileSync('docs/rollback-by-hand.md', 'utf8');
const blocks = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block = '']) => block);

test.each(blocks.map((block) => [block.split('\n')[0], block]))('a shell can read: %s', (_first, block) => {
  // Names to be filled in stand in angle brackets.
  const filled = block.replaceAll(/<[a-z-]+>/g, 'name');
  expect(() => execFileSync('bash', ['-n'], { input: filled, stdio: 'pipe' })).not.toThrow();
});

test('it restores as the bot does: revisions bumped as far, old data set aside, all members from one file', () => {
  const restore = blocks.find((block) => block.includes('snapshot restore')) ?? '';
  expect(restore).toContain(`--bump-revision ${revisionBump} --mark-compacted`);
  expect(restore).toContain('mv "$DATA/member" "$ASIDE/member"');
  expect([...restore.matchAll(/rm -rf .*/g)].map(String)).toEqual(['rm -rf "$DATA/.restored"']);
});

test('the pages that lead to it are there', () => {
  for (const code of ['rollback.impossible', 'rollback.api-first', 'etcd.no-leader', 'etcd.restore-failed']) {
    expect(readFileSync(`docs/runbooks/${code}.md`, 'utf8'), code).toContain('../rollback-by-hand.md');
  }
});
