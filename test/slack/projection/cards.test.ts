import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/ports/messenger.ts';
import { toMessage } from '../../../src/slack/blocks/to-message.ts';
import { detailsModal } from '../../../src/slack/inbound/details-view.ts';
import { runCard } from '../../../src/slack/projection/run-card.ts';
import { threadCard } from '../../../src/slack/projection/thread-cards.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { readable } from '../../support/readable.ts';
import { messageProblems } from '../../support/slack-limits.ts';
import { chronicleOf, contextOf, is, realPlan, stories, workers } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';

describe('the message of a run', () => {
  test.each(Object.keys(stories))('%s reads as agreed', async (name) => {
    const story = stories[name]!();
    const card = runCard(story.run, chronicleOf(story), contextOf(story));
    const rich = toMessage(card, { rich: true });
    const plain = toMessage(card, { rich: false });
    expect(messageProblems(rich)).toEqual([]);
    expect(messageProblems(plain)).toEqual([]);
    const both =
      readable(rich) === readable(plain)
        ? readable(rich)
        : `${readable(rich)}\n\n--- sections ---\n${readable(plain)}`;
    await expect(`${both}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
    await expect(`${JSON.stringify(rich, undefined, 2)}\n`).toMatchFileSnapshot(`golden/${name}.json`);
  });

  test('from a click until it is decided the buttons are gone', () => {
    const story = stories['proposed']!();
    const pressed = { action: 'approve', by: people.amir } as const;
    const message = readable(
      toMessage(runCard(story.run, chronicleOf(story), contextOf(story, { pressed })), { rich: true }),
    );
    expect(message).toContain('Approving… (@U00000AMIR)');
    expect(message).not.toContain('[Approve]');
  });
});

test('where runbooks can be read, the codes of warnings and failures lead to their pages', () => {
  const runbooks = 'https://wiki.example.com/runbooks/';
  const shown = (name: keyof typeof stories, code: string) => {
    const story = stories[name]!();
    const card = runCard(story.run, chronicleOf(story), { ...contextOf(story), runbooks });
    expect(JSON.stringify(card)).toContain(`<https://wiki.example.com/runbooks/${code}.md|Runbook>`);
  };
  shown('halted', 'node.kubelet-not-ready');
  const [warning] = stories['proposed']!().run.plan.findings.filter(({ severity }) => severity === 'warning');
  shown('proposed', warning?.code ?? 'a warning');
});

/** Every card of a story's thread, the ones that are over as well. */
function cardsOf(story: Pick<Story, 'run' | 'events' | 'now'>): { key: string; message: Message }[] {
  const lines = threadLines(story.run, story.events, contextOf(story));
  return lines.flatMap(({ card: key }) => {
    const drawn =
      key === undefined ? undefined : threadCard(story.run, key, chronicleOf(story), contextOf(story));
    return key === undefined || drawn === undefined
      ? []
      : [{ key, message: toMessage(drawn.card, { rich: false }) }];
  });
}

describe('the card of a step that stands still', () => {
  const standing = Object.keys(stories).filter((name) => name.startsWith('standstill'));
  test.each(standing)('%s reads as agreed', async (name) => {
    const cards = cardsOf(stories[name]!());
    expect(cards).toHaveLength(1);
    const [{ message } = { message: { text: '', blocks: [] } }] = cards;
    expect(messageProblems(message)).toEqual([]);
    await expect(`${readable(message)}\n`).toMatchFileSnapshot(`golden/card-${name}.txt`);
  });
});

test('configured add-ons stand in the order of a plan, their commands in its details', () => {
  const plan = realPlan(
    {},
    {
      kubeadm: { ignorePreflightErrors: ['Mem'], patchesDirectory: '/etc/kubernetes/patches' },
      addons: [
        { name: 'cilium', when: 'before-hop', command: ['upgrade-cni', '{minor}'], verify: ['check-cni'] },
      ],
    },
  );
  const { run, ...story } = new Story(plan);
  const card = readable(toMessage(runCard(run, chronicleOf(story), contextOf(story)), { rich: true }));
  expect(card).toMatch(/Order.*cilium → cp-2/);
  expect(card).toContain('preflight check Mem says');
  const details = JSON.stringify(detailsModal(run, 0));
  expect(details).toContain('add-on cilium (cp-1) · `upgrade-cni 1.34; then check-cni`');
  expect(details).toContain('--ignore-preflight-errors=Mem --patches=/etc/kubernetes/patches');
});

test('the details of a run that has begun open where something happens, of a plan at its findings', () => {
  const plan = realPlan({ workers: workers(60) });
  const story = new Story(plan).approve(people.amir, people.li).begin().until(is('drain-node', 'w-50'));
  story.start(story.step(is('drain-node', 'w-50')));
  const open = JSON.stringify(detailsModal(story.run));
  expect(open).toContain('Run of prod-eu');
  expect(open).toContain('⏳ drain');
  const proposed = JSON.stringify(detailsModal(new Story(plan).run));
  expect(proposed).toContain('Plan of prod-eu');
  expect(proposed).toContain('page 1 of');
});

test('the thread of a whole run reads as agreed', async () => {
  const told = ['blocked', 'standstill-agreed', 'retrying', 'stuck', 'aborted', 'succeeded'].map((name) => {
    const story = stories[name]!();
    const lines = threadLines(story.run, story.events, contextOf(story));
    const shown = lines.map(({ text, needed, broadcast, sentence }) => {
      const mark = broadcast ? '[channel] ' : needed ? '[needed] ' : '';
      return `${mark}${readable({ text: '', blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }] }).slice(3)}${broadcast ? `\n    (${sentence})` : ''}`;
    });
    return `=== ${name}\n${shown.join('\n')}`;
  });
  await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('golden/thread.txt');
});
