import { describe, expect, test } from 'vitest';
import { toMessage } from '../../../src/slack/blocks/to-message.ts';
import { runCard } from '../../../src/slack/projection/run-card.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { readable } from '../../support/readable.ts';
import { messageProblems } from '../../support/slack-limits.ts';
import { chronicleOf, contextOf, stories } from '../../support/stories.ts';
import { people } from '../../support/story.ts';

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

test('the thread of a whole run reads as agreed', async () => {
  const told = ['blocked', 'retrying', 'aborted', 'succeeded'].map((name) => {
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
