import { describe, expect, test } from 'vitest';
import type { FakeSlack } from '../../support/fake-slack.ts';
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

describe('where the app may look for its posts', () => {
  const down = { status: 'unavailable', sent: 'unknown', reason: 'TimeoutError' } as const;

  /** A run whose next thread lines meet trouble, once. */
  async function troubled(
    trouble: 'lost' | typeof down,
    lookFault: FakeSlack['lookFault'] = () => undefined,
  ) {
    const room = newsroom();
    const { slack, clock, publish } = room;
    slack.lookFault = lookFault;
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    let left = 1;
    slack.fault = ({ kind, threaded }) => {
      if (kind !== 'post' || !threaded || left === 0) return undefined;
      left -= 1;
      return trouble;
    };
    await publish(story.until(is('install-kubeadm', 'cp-2')));
    await clock.advance(2_000);
    await publish(story.until(is('upgrade-control-plane', 'cp-2')));
    await clock.advance(5 * minute);
    const saved = slack.thread.filter((text) => text.includes('etcd snapshot saved')).length;
    return { ...room, story, saved, sorry: slack.thread.join().includes('may be missing') };
  }

  test.each(['lost', down] as const)(
    'a routine line that Slack did not confirm (%j) stands there once',
    async (trouble) => {
      const { saved, sorry, slack } = await troubled(trouble);
      expect({ saved, sorry, looks: slack.looks }).toEqual({ saved: 1, sorry: false, looks: 1 });
      expect(slack.thread.join()).toContain('images pulled');
    },
  );

  test('a plan message that Slack did not confirm is found, and there is no second one', async () => {
    const { slack, clock, publish } = newsroom();
    slack.lookFault = () => undefined;
    let lost = 0;
    slack.fault = ({ kind }) => (kind === 'post' && lost++ === 0 ? 'lost' : undefined);
    await publish(runningStory());
    await clock.advance(minute);
    expect(slack.parents).toHaveLength(1);
    expect(slack.parents[0]?.edits.length).toBeGreaterThan(0);
  });

  test('what somebody waits for is there once', async () => {
    const { slack, clock, publish } = newsroom();
    slack.lookFault = () => undefined;
    let lost = 0;
    slack.fault = ({ message }) =>
      message.text.includes('needs a decision') && lost++ === 0 ? 'lost' : undefined;
    await publish(stories['halted']!());
    await clock.advance(minute);
    expect(slack.thread.filter((text) => text.includes('waits for a decision'))).toHaveLength(1);
  });

  test('a look that is never answered holds up nothing: the lines are counted as missing', async () => {
    const { saved, sorry, slack } = await troubled('lost', () => down);
    expect({ saved, sorry, looks: slack.looks }).toEqual({ saved: 1, sorry: true, looks: 3 });
  });

  test('a look that Slack answers at last finds the line', async () => {
    let limits = 2;
    const { saved, sorry } = await troubled('lost', () =>
      limits-- > 0 ? { status: 'rate-limited', retryAfterMs: 1_000 } : undefined,
    );
    expect({ saved, sorry }).toEqual({ saved: 1, sorry: false });
  });

  test('an app without the scope asks once, and never again', async () => {
    const { slack, clock, publish, story } = await troubled('lost', () => ({
      status: 'refused',
      error: 'missing_scope',
    }));
    let left = 1;
    slack.fault = ({ kind, threaded }) => (kind === 'post' && threaded && left-- > 0 ? 'lost' : undefined);
    await publish(story.until(is('upgrade-control-plane', 'cp-3')));
    await clock.advance(5 * minute);
    expect(slack.looks).toBe(1);
  });
});
