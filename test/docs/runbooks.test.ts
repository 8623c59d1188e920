import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failureCodes } from '../../src/domain/failure.ts';

/** Codes of findings as they stand in the source: `code: 'pdb.blocks-now'`, or the second argument of unobservable(). */
function findingCodes(): string[] {
  return globSync('src/{plan,snapshot,usecases}/**/*.ts').flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const found = text.matchAll(
      /(?:code: |nothingToDo = |unobservable\(\s*cluster,\s*)'([a-z-]+\.[a-z0-9-]+)'/g,
    );
    return [...found].map(([, code = '']) => code);
  });
}

const codes = [...new Set([...Object.keys(failureCodes), ...findingCodes()])].sort();
const pages = globSync('docs/runbooks/*.md').map((file) => basename(file, '.md'));

test('codes are found in the source at all', () => {
  expect(codes).toContain('pdb.blocks-now');
  expect(codes).toContain('plan.nothing-to-do');
  expect(codes).toContain('node.version-unsupported');
  expect(codes.length).toBeGreaterThan(70);
});

test('every code has a page, and every page a code', () => {
  expect(
    codes.filter((code) => !pages.includes(code)),
    'codes without a page',
  ).toEqual([]);
  expect(
    pages.filter((page) => !codes.includes(page) && page !== 'README'),
    'pages without a code',
  ).toEqual([]);
});

describe('a page is whole', () => {
  test.each(pages.filter((page) => page !== 'README'))('%s', (page) => {
    const text = readFileSync(`docs/runbooks/${page}.md`, 'utf8');
    expect(text.startsWith(`# \`${page}\`\n`)).toBe(true);
    const sections = text.split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual([
      'What it means',
      'How things stand',
      'What to look at',
      'What to do',
      'How to go on',
    ]);
    for (const section of sections) expect(section.split('\n').slice(1).join('').length).toBeGreaterThan(5);
  });
});

test('a page that uses etcdctl says where it is to be had: on a node of kubeadm it is in a container alone', () => {
  // Where the host's own is what is missing.
  const own = ['etcd.tool-missing', 'etcd.external'];
  const bare = pages.filter((page) => {
    const text = readFileSync(`docs/runbooks/${page}.md`, 'utf8');
    return /`etcdctl [a-z]/.test(text) && !text.includes('crictl exec') && !own.includes(page);
  });
  expect(bare).toEqual([]);
});

test('what a page calls a failure that is tried again is one in the code', () => {
  for (const [code, retry] of Object.entries(failureCodes)) {
    const text = readFileSync(`docs/runbooks/${code}.md`, 'utf8');
    expect(text.includes('tried again by itself, then halts'), code).toBe(retry === 'transient');
  }
});
