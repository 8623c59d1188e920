import { describe, expect, test } from 'vitest';
import { is, realPlan, stories } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';
import { newsroom } from './support.ts';

const minute = 60_000;

function runningStory(): Story {
  return new Story(realPlan()).approve(people.amir, people.li).begin();
}

describe('when Slack is in trouble', () => {
  test('a routine line of which nobody knows whether it arrived is not posted twice, and that is said', async () => {
    const { slack, clock, publish } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    slack.fault = ({ kind, threaded }) => (kind === 'post' && threaded ? 'lost' : undefined);
    await publish(story.until(is('install-kubeadm', 'cp-2')));
    await clock.advance(2_000);
    slack.fault = () => undefined;
    await publish(story.until(is('upgrade-control-plane', 'cp-2')));
    await clock.advance(20_000);
    expect(slack.thread.filter((text) => text.includes('etcd snapshot saved'))).toHaveLength(1);
    expect(slack.thread.at(-1)).toContain('earlier lines may be missing');
    expect(slack.thread.at(-1)).toContain('images pulled');
  });

  test('what somebody waits for is posted until Slack answers that it has it', async () => {
    const { slack, clock, publish } = newsroom();
    const story = stories['halted']!();
    let lost = 0;
    slack.fault = ({ message, threaded }) => {
      if (!threaded || !message.text.includes('needs a decision') || lost === 2) return undefined;
      lost += 1;
      return 'lost';
    };
    await publish(story);
    await clock.advance(minute);
    expect(slack.thread.filter((text) => text.includes('waits for a decision'))).toHaveLength(3);
  });

  test('lines that were surely not sent are posted once Slack is back, all of them', async () => {
    const { slack, clock, publish } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    slack.fault = () => ({ status: 'unavailable', sent: 'no', reason: 'ECONNREFUSED' });
    for (const node of ['cp-2', 'cp-3', 'cp-1']) {
      await publish(story.until(is('upgrade-control-plane', node)));
      await clock.advance(minute);
    }
    slack.fault = () => undefined;
    await clock.advance(minute);
    const thread = slack.thread.join('\n');
    for (const line of ['etcd snapshot saved', 'cp-2 images pulled', 'cp-3 images pulled']) {
      expect(thread.split(line)).toHaveLength(2);
    }
    expect(thread).not.toContain('may be missing');
  });

  test('an outage costs one message at most: an edit that succeeds goes before the next post', async () => {
    const { slack, clock, publish } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    let posts = 0;
    slack.fault = ({ kind }) => {
      if (kind === 'post') posts += 1;
      return { status: 'unavailable', sent: 'unknown', reason: 'TimeoutError' };
    };
    for (const node of ['cp-2', 'cp-3', 'cp-1']) {
      await publish(story.until(is('upgrade-control-plane', node)));
      await clock.advance(2 * minute);
    }
    expect(posts).toBeLessThanOrEqual(1);
    slack.fault = () => undefined;
    await clock.advance(minute);
    expect(slack.thread.join()).toContain('cp-3 images pulled');
  });

  test('a 429 holds edits back for as long as it says, and the newest state is shown after it', async () => {
    const { slack, clock, publish } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    let refused = 0;
    slack.fault = ({ kind }) => {
      if (kind !== 'update' || refused > 0) return undefined;
      refused += 1;
      return { status: 'rate-limited', retryAfterMs: 30_000 };
    };
    const from = clock.now();
    await publish(story.until(is('drain-node', 'w-01')));
    await clock.advance(minute);
    const later = slack.parents[0]!.edits.filter((at) => at > from);
    expect(later[0]! - from).toBeGreaterThanOrEqual(30_000);
    expect(slack.parent).toContain('w-01');
  });

  test('a workspace that refuses plan blocks is not asked again', async () => {
    const { slack, clock, publish } = newsroom();
    let refused = 0;
    slack.fault = ({ message }) => {
      if (!message.blocks.some((block) => block.type === 'plan')) return undefined;
      refused += 1;
      return { status: 'refused', error: 'invalid_blocks' };
    };
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    await publish(story.until(is('drain-node', 'w-02')));
    await clock.advance(minute);
    expect(refused).toBe(1);
    expect(slack.parent).toContain('✅ w-01');
  });

  test('the last edit lands however long Slack is away', async () => {
    const { slack, clock, publish, store } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    slack.fault = () => ({ status: 'unavailable', sent: 'unknown', reason: 'TimeoutError' });
    await publish(story.until(() => false).tell({ kind: 'run-succeeded' }));
    await clock.advance(45 * minute);
    slack.fault = () => undefined;
    await clock.advance(2 * minute);
    expect(slack.parent).toContain('is on v1.34.9');
    expect(slack.thread.filter((text) => text.includes('is on v1.34.9 ·'))).toHaveLength(1);
    expect(await store.unfinishedTellings()).toEqual([]);
  });
});
