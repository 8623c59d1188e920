import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { ClusterName, instant } from '../../../src/domain/names.ts';
import { version } from '../../../src/domain/version.ts';
import type { Diagnosis } from '../../../src/plan/examine.ts';
import { readable } from '../../support/readable.ts';
import { opsChannel } from '../../support/story.ts';
import { desk } from './support.ts';

const cluster = ClusterName.parse('prod-eu');
const finding = (code: string, severity: Finding['severity'], summary: string): Finding => ({
  code,
  severity,
  summary,
  objects: [{ kind: 'Node', name: 'w-01' }],
  facts: { seen: 'a fact with `backticks` and <tags>' },
  remedy: 'Look there.',
});

const diagnosis = (findings: readonly Finding[], ahead: readonly string[] = []): Diagnosis => ({
  cluster,
  takenAt: instant(Date.parse('2026-11-23T09:00:00Z')),
  nodes: 7,
  current: version('1.33.13'),
  target: version('1.34.9'),
  entries: findings.map((each) => ({ finding: each, ahead: ahead.includes(each.code) })),
});

const messages = (at: Awaited<ReturnType<typeof desk>>) =>
  at.slack.messages.map(({ message }) => readable(message));

describe('doctor', () => {
  test('reports to the channel, blockers first, and says what only matters for the way ahead', async () => {
    const at = await desk();
    at.useCases.answers.doctor = async () => ({
      status: 'examined',
      diagnosis: diagnosis(
        [
          finding('node.not-ready', 'blocker', 'w-01 is not Ready.'),
          finding('api.removed', 'warning', 'An API is in use that is gone.'),
        ],
        ['api.removed'],
      ),
    });
    await at.command('doctor prod-eu');
    expect(at.useCases.asked[0]?.request).toMatchObject({ cluster });
    expect(messages(at)).toHaveLength(1);
    const [report = ''] = messages(at);
    expect(report).toContain('prod-eu: 1 blocker, 1 warning');
    expect(report).toContain('for the way to v1.34.9');
    expect(report.indexOf('w-01 is not Ready')).toBeLessThan(report.indexOf('An API is in use'));
    expect(report).toContain('_(for v1.34.9)_');
    expect(report).toContain('→ Look there.');
    expect(at.slack.files).toEqual([]);
    expect(at.answers()).toEqual([]);
  });

  test('counts how long it took by a clock that nobody sets', async () => {
    const at = await desk();
    at.useCases.answers.doctor = async () => {
      await at.clock.advance(7_000);
      at.clock.set(-3_600_000);
      return { status: 'examined', diagnosis: diagnosis([]) };
    };
    await at.command('doctor prod-eu');
    expect(messages(at)[0]).toContain('7 s');
  });

  test('says within 2 s how far it is, in the message that becomes the report', async () => {
    const at = await desk();
    const { promise, resolve } = Promise.withResolvers<Diagnosis>();
    at.useCases.answers.doctor = async ({ onProgress }) => {
      onProgress?.({ machines: 15, done: 8, unreachable: 1, waitingFor: ['w-09' as never] });
      return { status: 'examined', diagnosis: await promise };
    };
    await at.command('doctor prod-eu');
    await at.clock.advance(2_000);
    expect(messages(at).join()).toContain('7 of 15 nodes have answered, 1 does not answer; waiting for w-09');
    resolve(diagnosis([]));
    await at.clock.settle();
    await at.clock.settle();
    expect(messages(at)).toHaveLength(1);
    expect(messages(at)[0]).toContain('Every check passed');
  });

  test('puts the whole list into a file in the thread when it does not fit', async () => {
    const at = await desk();
    const many = Array.from({ length: 40 }, (_, index) =>
      finding(`check.number-${index}`, 'warning', `Warning number ${index}.`),
    );
    at.useCases.answers.doctor = async () => ({ status: 'examined', diagnosis: diagnosis(many) });
    await at.command('doctor prod-eu');
    expect(messages(at)[0]).toContain('and 32 more warnings');
    expect(at.slack.files).toMatchObject([
      { channel: opsChannel, thread: at.slack.messages[0]?.ts, name: 'prod-eu-doctor.md' },
    ]);
    const content = at.slack.files[0]?.content ?? '';
    for (const each of many) expect(content).toContain(each.summary.replace('.', ''));
    expect(content).toContain('docs/runbooks/check.number-39.md');
  });

  test('a cluster that does not answer is said so in the channel; a no is for the one who asked', async () => {
    const at = await desk();
    at.useCases.answers.doctor = () => Promise.reject(new Error('disk on fire'));
    await at.command('doctor prod-eu');
    expect(messages(at).join()).toContain('I met an error while looking at prod-eu');
    expect(messages(at).join()).not.toContain('disk on fire');
  });

  test('where its message cannot be edited any more, the report is a message of its own', async () => {
    const at = await desk();
    at.slack.fault = ({ kind }) =>
      kind === 'update' ? { status: 'refused', error: 'edit_window_closed' } : undefined;
    const { promise, resolve } = Promise.withResolvers<Diagnosis>();
    at.useCases.answers.doctor = async () => ({ status: 'examined', diagnosis: await promise });
    await at.command('doctor prod-eu');
    await at.clock.advance(1_500);
    resolve(diagnosis([]));
    await at.clock.settle();
    await at.clock.settle();
    expect(messages(at)).toHaveLength(2);
    expect(messages(at)[1]).toContain('Every check passed');
  });

  test('where the bot may not post, the report is told to the one who asked', async () => {
    const at = await desk();
    at.slack.fault = ({ kind }) =>
      kind === 'post' ? { status: 'refused', error: 'not_in_channel' } : undefined;
    at.useCases.answers.doctor = async () => ({ status: 'examined', diagnosis: diagnosis([]) });
    await at.command('doctor prod-eu');
    expect(at.answers().join()).toContain('Every check passed');
  });
});

describe('a plan through several minors', () => {
  const refusal = {
    status: 'refused' as const,
    refusal: {
      kind: 'refusal' as const,
      cluster,
      from: version('1.33.13'),
      to: version('1.35.2'),
      inHops: [version('1.34.9'), version('1.35.2')],
      instead: version('1.34.9'),
      findings: [finding('skew.minor-skipped', 'blocker', 'kube-apiserver is v1.33.13.')],
    },
  };

  test('is offered where one minor would be skipped, as a button and a line to copy', async () => {
    const at = await desk();
    at.useCases.answers.propose = async () => refusal;
    const { answers } = await at.command('plan prod-eu 1.35.2');
    expect(answers[1]).toContain('I can plan v1.33.13 → v1.34.9 → v1.35.2 as 2 hops');
    expect(answers[1]).toContain('/k8s-upgrade plan prod-eu 1.35.2 in hops');
    expect(answers[1]).toContain('[Plan both hops] [Plan v1.34.9]');
  });

  test('is asked for by that button, and by its words', async () => {
    const at = await desk();
    await at.click({ id: 'plan.hops' }, 'prod-eu v1.35.2 in-hops');
    await at.command('plan prod-eu 1.35.2 in hops');
    for (const { request } of at.useCases.asked) {
      expect(request).toMatchObject({ cluster, target: { version: 'v1.35.2' }, inHops: true });
    }
    expect(at.useCases.asked).toHaveLength(2);
  });

  test('whoever waits for it is told how far the look is, seldom', async () => {
    const at = await desk();
    const { promise, resolve } = Promise.withResolvers<never>();
    at.useCases.answers.propose = ({ onProgress }) => {
      onProgress?.({ machines: 15, done: 7, unreachable: 0, waitingFor: ['w-09' as never] });
      return promise;
    };
    await at.command('plan prod-eu 1.34.9');
    await at.clock.advance(60_000);
    expect(at.answers()).toHaveLength(2);
    expect(at.answers()[1]).toContain('prod-eu: 7 of 15 nodes have answered; waiting for w-09 …');
    resolve(undefined as never);
  });
});
