import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Intent } from '../../src/domain/intent.ts';
import { parseUpgradeCommand } from '../../src/intent/parse-upgrade-command.ts';

const known = { clusters: ['prod-eu', 'prod-us', 'staging-eu'] };
const read = (text: string, clusters = known.clusters) => parseUpgradeCommand(text, { clusters });
const exact = (version: string) => ({ kind: 'exact', version });

describe('what is understood', () => {
  test.each([
    ['', { kind: 'help' }],
    ['   ', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['--help', { kind: 'help' }],
    ['plan', { kind: 'plan' }],
    ['plan prod-eu', { kind: 'plan', cluster: 'prod-eu' }],
    ['plan prod-eu 1.34.9', { kind: 'plan', cluster: 'prod-eu', target: exact('v1.34.9') }],
    ['plan prod-eu v1.34.9', { kind: 'plan', cluster: 'prod-eu', target: exact('v1.34.9') }],
    ['plan prod-eu 1.34', { kind: 'plan', cluster: 'prod-eu', target: { kind: 'minor', minor: '1.34' } }],
    ['plan prod-eu latest', { kind: 'plan', cluster: 'prod-eu', target: { kind: 'latest' } }],
    ['plan prod-eu next', { kind: 'plan', cluster: 'prod-eu', target: { kind: 'next' } }],
    ['plan 1.34.9', { kind: 'plan', target: exact('v1.34.9') }],
    [
      'plan prod-eu 1.35.2 in hops',
      { kind: 'plan', cluster: 'prod-eu', target: exact('v1.35.2'), inHops: true },
    ],
    ['plan latest in hops', { kind: 'plan', target: { kind: 'latest' }, inHops: true }],
    ['doctor prod-eu', { kind: 'doctor', cluster: 'prod-eu' }],
    ['doctor prod-eu 1.35', { kind: 'doctor', cluster: 'prod-eu', target: { kind: 'minor', minor: '1.35' } }],
    ['status', { kind: 'status' }],
    ['status abc234', { kind: 'status', run: 'abc234' }],
    ['runs', { kind: 'runs' }],
    ['pause abc234', { kind: 'pause', run: 'abc234' }],
    ['resume abc234', { kind: 'resume', run: 'abc234' }],
    ['abort abc234', { kind: 'abort', run: 'abc234' }],
    ['clusters', { kind: 'clusters' }],
  ])('%j', (text, intent) => {
    expect(read(text)).toEqual(intent);
  });

  test.each([
    ['case does not matter', 'PLAN Prod-EU V1.34.9'],
    ['tabs, line ends and non-breaking spaces', 'plan\t prod-eu\n1.34.9\u2003'],
    ['smart quotes', '\u201cplan\u201d \u2018prod-eu\u2019 \u00ab1.34.9\u00bb'],
    ['code quotes, as the suggestion is shown', '`plan prod-eu 1.34.9`'],
    ['a long dash that a phone put into the name', 'plan prod\u2013eu 1.34.9'],
    ['a non-breaking hyphen', 'plan prod\u2011eu 1.34.9'],
    ['zero-width characters from copying', 'plan prod-eu\u200b 1.\u20601.34.9'.replace('1.\u2060', '')],
    ['full-width digits', 'plan prod-eu \uff11.\uff13\uff14.\uff19'],
    ['a link that Slack made of the version', 'plan prod-eu <http://1.34.9|1.34.9>'],
    ['the whole line copied', '/k8s-upgrade plan prod-eu 1.34.9'],
    ['the bot addressed, with its name', '<@U0BOT99|upgrade-bot> plan prod-eu 1.34.9'],
    ['the bot addressed, without', '<@U0BOT99> plan prod-eu 1.34.9'],
  ])('%s', (_title, text) => {
    expect(read(text)).toEqual({ kind: 'plan', cluster: 'prod-eu', target: exact('v1.34.9') });
  });

  test('a version alone means the only cluster there is', () => {
    expect(read('plan next', ['prod-eu'])).toEqual({
      kind: 'plan',
      cluster: 'prod-eu',
      target: { kind: 'next' },
    });
  });

  test('a cluster may be called like a word of the grammar', () => {
    expect(read('plan next next', ['next', 'help'])).toEqual({
      kind: 'plan',
      cluster: 'next',
      target: { kind: 'next' },
    });
  });
});

describe('what is not, with a line to copy', () => {
  test.each([
    ['paln prod-eu 1.34.9', '/k8s-upgrade plan prod-eu 1.34.9', 'no command `paln`'],
    ['upgrade prod-eu 1.34.9', '/k8s-upgrade plan prod-eu 1.34.9', 'no command `upgrade`'],
    ['prod-eu 1.34.9', '/k8s-upgrade plan prod-eu 1.34.9', 'first word says what to do'],
    ['plan stagin-eu 1.34.9', '/k8s-upgrade plan staging-eu 1.34.9', 'no cluster `stagin-eu`'],
    ['paln staging-ue 1.34.x', '/k8s-upgrade plan staging-eu 1.34', 'no command `paln`'],
    ['plan 1.34.9 prod-eu', '/k8s-upgrade plan prod-eu 1.34.9', 'cluster comes first'],
    ['plan nowhere 1.34.9', '/k8s-upgrade clusters', 'there is prod-eu, prod-us, staging-eu'],
    ['plan prod-eu 1.34.9-1.1', '/k8s-upgrade plan prod-eu 1.34.9', '`1.34.9-1.1` is no version'],
    ['plan prod-eu 1.35.0-rc.1', '/k8s-upgrade plan prod-eu 1.35.0', 'no version'],
    ['plan prod-eu 34', '/k8s-upgrade plan prod-eu 1.34', 'no version'],
    ['plan prod-eu 1,34,9', '/k8s-upgrade plan prod-eu 1.34.9', 'no version'],
    ['plan prod-eu 1.34.', '/k8s-upgrade plan prod-eu 1.34', 'no version'],
    ['plan prod-eu newest', '/k8s-upgrade plan prod-eu latest', 'no version'],
    ['plan prod-eu lates', '/k8s-upgrade plan prod-eu latest', 'no version'],
    ['plan prod-eu banana', '/k8s-upgrade plan prod-eu', 'no version'],
    ['plan prod-eu 1.35.2 --hops', '/k8s-upgrade plan prod-eu 1.35.2 in hops', '`in hops` at the end'],
    ['plan prod-eu 1.35 in hopps', '/k8s-upgrade plan prod-eu 1.35 in hops', '`in hops` at the end'],
    ['plan prod-eu 1.35 hops', '/k8s-upgrade plan prod-eu 1.35 in hops', '`in hops` at the end'],
    ['plan stagin-eu 1.35 in hops', '/k8s-upgrade plan staging-eu 1.35 in hops', 'no cluster'],
    ['plan prod-eu in hops', '/k8s-upgrade plan prod-eu', 'needs the version'],
    ['doctor', '/k8s-upgrade doctor prod-eu', 'which cluster'],
    ['doctor 1.35', '/k8s-upgrade doctor prod-eu 1.35', 'which cluster'],
    ['check prod-eu', '/k8s-upgrade doctor prod-eu', 'no command `check`'],
    ['doctor staging-ue', '/k8s-upgrade doctor staging-eu', 'no cluster `staging-ue`'],
    ['plan prod-eu 1.34.9 now', '/k8s-upgrade plan prod-eu 1.34.9', '`now` is one word too many'],
    ['plan prod-eu 1.34.9 --force', '/k8s-upgrade plan prod-eu 1.34.9', '`--force` is no option'],
    ['plan prod-eu 1.34.9 \u2014force', '/k8s-upgrade plan prod-eu 1.34.9', '`--force` is no option'],
    ['plan <@U0DANA|dana> 1.34.9', '/k8s-upgrade clusters', 'no cluster `@dana`'],
    ['plan <#C0OPS|prod-eu> 1.34.9', '/k8s-upgrade plan prod-eu 1.34.9', 'no cluster `#prod-eu`'],
    ['status prod-eu', '/k8s-upgrade runs', '`prod-eu` is a cluster'],
    ['status abc23', '/k8s-upgrade runs', 'not the name of a run'],
    ['pause', '/k8s-upgrade runs', 'which run to pause'],
    ['abort abc234 now', '/k8s-upgrade abort abc234', 'one word too many'],
    ['cancel abc234', '/k8s-upgrade abort abc234', 'no command `cancel`'],
    ['runs all', '/k8s-upgrade runs', 'stands alone'],
    ['--force', '/k8s-upgrade help', 'no option'],
    ['$(reboot) `id`; rm', '/k8s-upgrade help', 'no command'],
  ])('%j', (text, suggestion, says) => {
    const error = read(text);
    expect(error).toMatchObject({ kind: 'usage-error', suggestion });
    expect(error.kind === 'usage-error' ? error.problem : '').toContain(says);
  });

  test('a cluster that may be one of two is not guessed', () => {
    expect(read('plan prod-ue 1.34.9')).toMatchObject({ suggestion: '/k8s-upgrade clusters' });
  });

  test('the only cluster is what is suggested, whatever was typed', () => {
    expect(read('plan banana 1.34', ['prod-eu'])).toMatchObject({
      suggestion: '/k8s-upgrade plan prod-eu 1.34',
    });
  });

  test('without any cluster in the channel it says that', () => {
    expect(read('plan prod-eu 1.34', [])).toMatchObject({
      problem: 'No cluster is tied to this channel.',
      suggestion: '/k8s-upgrade clusters',
    });
  });

  test('a long word is shortened visibly and cannot leave its backticks', () => {
    const error = read(`x\`*${'y'.repeat(5_000)}`);
    expect(error).toMatchObject({ kind: 'usage-error' });
    if (error.kind !== 'usage-error') return;
    expect(error.problem).toContain("`x'*yyy");
    expect(error.problem).toContain('…`');
    expect(error.understood).toHaveLength(150);
    expect(error.understood.endsWith('…')).toBe(true);
  });
});

describe('whatever is typed', () => {
  const fragments =
    'plan status pause runs help prod-eu prod-us 1.34.9 1.34 v1.34.9 latest next abc234 --force <@U1|a> <#C1> ` < &lt;'
      .split(' ')
      .concat('\u2014x', '\u201c', '\u00a0', '\u200b');
  const fragment = fc.oneof(
    fc.constantFrom(...fragments),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  );
  const text = fc.array(fragment, { maxLength: 7 }).map((parts) => parts.join(' '));
  const options = { seed: 20_261_123, numRuns: 3_000 };

  test('it never throws, and an Intent holds only names of the grammar and clusters that are known', () => {
    fc.assert(
      fc.property(text, (typed) => {
        const reading = read(typed);
        if (reading.kind === 'usage-error') return;
        expect(Intent.parse(reading)).toEqual(reading);
        if (reading.kind === 'plan' && reading.cluster !== undefined)
          expect(known.clusters).toContain(reading.cluster);
      }),
      options,
    );
  });

  test('every suggestion is a line that is understood', () => {
    fc.assert(
      fc.property(text, (typed) => {
        const reading = read(typed);
        if (reading.kind !== 'usage-error') return;
        expect(read(reading.suggestion).kind, reading.suggestion).not.toBe('usage-error');
        expect(reading.suggestion).toMatch(/^\/k8s-upgrade [a-z0-9. -]+$/);
        expect(reading.problem.length).toBeLessThan(600);
      }),
      options,
    );
  });

  test('every Intent that can be written is read back', () => {
    const version = fc.tuple(fc.nat(3), fc.nat(60), fc.nat(40)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.constantFrom(...known.clusters), version, (cluster, written) => {
        expect(read(`plan ${cluster} ${written}`)).toEqual({
          kind: 'plan',
          cluster,
          target: exact(`v${written}`),
        });
      }),
      options,
    );
  });
});
