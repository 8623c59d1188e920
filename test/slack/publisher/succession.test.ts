import { describe, expect, test } from 'vitest';
import { is, kubeletNotReady, realPlan } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';
import { newsroom } from './support.ts';

const minute = 60_000;
const runningStory = () => new Story(realPlan()).approve(people.amir, people.li).begin();

describe.each(['edit_window_closed', 'cant_update_message', 'message_not_found'])(
  'a workspace that answers every edit with %s',
  (error) => {
    test('gets a new message once, and then one in ten minutes and not one for every edit', async () => {
      const { slack, clock, publish } = newsroom();
      const story = runningStory();
      await publish(story);
      await clock.advance(5_000);
      slack.fault = ({ kind }) => (kind === 'update' ? { status: 'refused', error } : undefined);
      for (let done = 2; done <= 12; done += 1) {
        await publish(story.until(() => story.run.steps.size >= done, 5));
        await clock.advance(30_000);
      }
      expect(slack.parents).toHaveLength(2);
      await clock.advance(6 * minute);
      expect(slack.parents).toHaveLength(3);
    });

    test('learns at once that the run needs somebody, and is called in the thread', async () => {
      const { slack, clock, publish } = newsroom();
      const story = runningStory();
      await publish(story);
      await clock.advance(5_000);
      slack.fault = ({ kind }) => (kind === 'update' ? { status: 'refused', error } : undefined);
      await publish(story.until(is('drain-node', 'w-01')));
      await clock.advance(5_000);
      const upTo = is('restart-kubelet', 'w-01');
      const step = story.until(upTo).step(upTo);
      story
        .start(step)
        .tell(
          { kind: 'step-failed', step: step.key, attempt: 1, failure: kubeletNotReady },
          { kind: 'run-halted', step: step.key, failure: kubeletNotReady },
        );
      await publish(story);
      await clock.advance(10_000);
      expect(slack.parent).toContain('w-01');
      expect(slack.parent).toMatch(/stopped|waits|needs/);
      expect(slack.parents.length).toBeLessThanOrEqual(3);
      expect(slack.thread.join('\n')).toContain('w-01');
    });
  },
);
