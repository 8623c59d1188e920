import { describe, expect, test } from 'vitest';
import { Calendar } from '../../../src/domain/calendar.ts';
import { instant, NodeName } from '../../../src/domain/names.ts';
import { toMessage } from '../../../src/slack/blocks/to-message.ts';
import { openingText, windowsText } from '../../../src/slack/projection/calendar-text.ts';
import { orderText } from '../../../src/slack/projection/order-text.ts';
import { runCard } from '../../../src/slack/projection/run-card.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { readable } from '../../support/readable.ts';
import { messageProblems } from '../../support/slack-limits.ts';
import { chronicleOf, contextOf, is, kubeletNotReady, realPlan, workers } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';

const nightly = {
  timeZone: 'Europe/Berlin',
  windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '06:00' }],
};

function cardOf(story: Story): string {
  const card = runCard(story.run, chronicleOf(story), contextOf(story));
  const message = toMessage(card, { rich: true });
  expect(messageProblems(message)).toEqual([]);
  return readable(message);
}

const threadOf = (story: Story) => threadLines(story.run, story.events, contextOf(story));

describe('windows in words', () => {
  test('hours, zone and days, and when it opens', () => {
    const calendar = Calendar.parse(nightly);
    expect(windowsText(calendar)).toBe('runs 22:00–06:00 Europe/Berlin, Mon–Fri');
    const noon = Date.parse('2026-11-23T11:00:00Z');
    expect(openingText(calendar, noon)).toMatch(/^now outside: starts <!date\^\d+\^\{time\}\|21:00 UTC>$/);
  });

  test('a freeze says why', () => {
    const calendar = Calendar.parse({ freezes: [{ from: '2026-11-20', to: '2026-11-25', reason: 'sale' }] });
    expect(openingText(calendar, Date.parse('2026-11-23T11:00:00Z'))).toContain('now frozen (sale): starts');
  });
});

describe('a plan', () => {
  test('says when it would run, in which batches, and where it stops', () => {
    const plan = realPlan(
      {
        workers: workers(6),
        nodes: Object.fromEntries(workers(6).map((name, index) => [name, { zone: index < 3 ? 'a' : 'b' }])),
      },
      {
        ...nightly,
        gates: [{ before: 'workers', kind: 'approval' }],
        nodes: { exclude: ['w-06'] },
      },
    );
    const shown = cardOf(new Story(plan));
    expect(shown).toContain('*When* runs 22:00–06:00 Europe/Berlin, Mon–Fri; now outside: starts');
    expect(shown).toContain('🚧 gate workers-1 (1 approval)');
    expect(shown).toContain('Left out by the policy: w-06.');
    expect(orderText(plan)).toContain('4 workers, 2 at a time, zone by zone (a, b)');
  });
});

describe('a run', () => {
  const planned = (policy: Record<string, unknown> = {}) =>
    realPlan({}, { workers: { batch: 2, onFailure: 'quarantine', failureBudget: 2 }, ...policy });

  test('that is parked says until when, and that it goes on by itself', () => {
    const story = new Story(planned(nightly))
      .approve(people.amir, people.li)
      .begin()
      .until(is('drain-node', 'w-04'));
    story.tell({ kind: 'run-parked', for: 'window', until: story.in(3_600) });
    const shown = cardOf(story);
    expect(shown).toMatch(/parked: outside the window until/);
    expect(threadOf(story).at(-1)?.text).toMatch(
      /🅿️ parked: outside the window until .*; it goes on by itself$/,
    );
  });

  test('that waits for its start says so instead of “in a moment”', () => {
    const story = new Story(planned(nightly)).approve(people.amir, people.li);
    expect(cardOf(story)).toContain('approved, starts at');
  });

  test('names who is in quarantine, and offers to try again', () => {
    const story = new Story(planned())
      .approve(people.amir, people.li)
      .begin()
      .until(is('restart-kubelet', 'w-05'));
    const step = story.step(is('restart-kubelet', 'w-05'));
    story.start(step).tell(
      { kind: 'step-failed', step: step.key, attempt: 1, failure: kubeletNotReady },
      {
        kind: 'node-quarantined',
        step: step.key,
        attempt: 1,
        node: NodeName.parse('w-05'),
        failure: kubeletNotReady,
      },
    );
    const shown = cardOf(story);
    expect(shown).toContain(
      '*In quarantine* w-05 (restart the kubelet, `node.kubelet-not-ready`): cordoned and labelled · 1 of 2 that may fail',
    );
    expect(shown).toContain('[Retry w-05]');
    const line = threadOf(story).at(-1);
    expect(line).toMatchObject({ needed: true, broadcast: true });
    expect(line?.text).toContain('prod-eu: w-05 is in quarantine');
    expect(line?.text).toContain('*What now* Mend it, then press Retry w-05');
    expect(shown).toContain('w-05 · in quarantine; failed: restart the kubelet');
    story.tell({ kind: 'quarantine-lifted', by: people.sam, node: NodeName.parse('w-05'), step: step.key });
    expect(cardOf(story)).not.toContain('In quarantine');
  });

  test('offers no pause after a note that is taken in a moment', () => {
    const story = new Story(planned())
      .approve(people.amir, people.li)
      .begin()
      .until(({ kind }) => kind === 'record-workloads');
    story.start(story.step(({ kind }) => kind === 'record-workloads'));
    expect(cardOf(story)).toContain('[Pause after the step in hand]');
  });

  test('has waited for people only while it stood still for them, not while it was parked', () => {
    const story = new Story(planned()).approve(people.amir, people.li).begin();
    story.until(is('back-up-node-files', 'w-05'));
    story.tell({ kind: 'run-parked', for: 'pause', until: instant(story.now + 20_000) });
    story.wait(20);
    story.tell({ kind: 'run-unparked' });
    story.until(() => false);
    story.tell({ kind: 'run-succeeded' });
    const shown = cardOf(story);
    expect(shown).toContain('*Parked* 20 s');
    expect(shown).not.toContain('Waited for people');
  });

  test('that stands at a gate has its buttons, and its halt one to open it', () => {
    const story = new Story(planned({ gates: [{ before: 'workers', kind: 'healthy', needed: 2 }] }))
      .approve(people.amir, people.li)
      .begin()
      .until(({ kind }) => kind === 'gate');
    const gate = story.step(({ kind }) => kind === 'gate');
    story.start(gate);
    expect(cardOf(story)).toContain('[Healthy] [Open the gate…]');
    story.tell({ kind: 'gate-voted', by: people.sam, step: gate.key, choice: 'yes' });
    expect(threadOf(story).at(-1)?.text).toContain('said yes at the gate');
    const closed = {
      ...kubeletNotReady,
      code: 'gate.closed' as const,
      message: 'Gate workers-1 is closed: 1 of 2 have said healthy.',
    };
    story.tell(
      { kind: 'step-failed', step: gate.key, attempt: 1, failure: closed },
      { kind: 'run-halted', step: gate.key, failure: closed },
    );
    const shown = cardOf(story);
    expect(shown).toContain('[Open the gate…] [Retry]');
    expect(shown).not.toContain('[Skip');
  });

  test('that was scheduled and one that an incident holds say so', () => {
    const story = new Story(planned());
    story.tell({ kind: 'run-scheduled', by: people.dana, startAt: instant(story.now + 7_200_000) });
    expect(cardOf(story)).toContain('*When* not before');
    story.tell({ kind: 'incident-declared', by: people.sam, channel: story.run.channel, name: 'inc-2231' });
    expect(cardOf(story)).toContain('begins nothing until incident inc-2231 is over');
  });
});
