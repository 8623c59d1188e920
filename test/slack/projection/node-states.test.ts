import { expect, test } from 'vitest';
import { nodeStates } from '../../../src/slack/projection/node-states.ts';
import { nodesLine } from '../../../src/slack/projection/nodes-line.ts';
import { survey } from '../../../src/slack/projection/survey.ts';
import { is, pdbBlocked, recordedPlan } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';

const running = () => new Story(recordedPlan).approve(people.amir, people.li).begin();

test('a node whose drain was skipped after it had begun is still cordoned', () => {
  const story = running().until(is('drain-node', 'w-02'));
  const step = story.step(is('drain-node', 'w-02'));
  story
    .start(step)
    .wait(300)
    .tell(
      { kind: 'step-failed', step: step.key, attempt: 1, failure: pdbBlocked },
      { kind: 'run-halted', step: step.key, failure: pdbBlocked },
      { kind: 'decision-made', by: people.amir, choice: 'skip', step: step.key },
    );
  for (const kind of ['install-kubelet', 'restart-kubelet', 'uncordon-node'] as const) {
    const { key } = story.step(is(kind, 'w-02'));
    story.tell({ kind: 'step-skipped', step: key, by: people.amir, reason: `with ${step.key}` });
  }
  const state = nodeStates(story.run, survey(story.run)).find(({ node }) => node === 'w-02');
  expect(state?.cordoned).toBe(true);
});

test('a node whose drain was never begun is not called cordoned', () => {
  const story = running().until(is('drain-node', 'w-02'));
  const { key } = story.step(is('drain-node', 'w-02'));
  story.tell({ kind: 'step-skipped', step: key, by: people.amir, reason: 'with an earlier step' });
  const state = nodeStates(story.run, survey(story.run)).find(({ node }) => node === 'w-02');
  expect(state?.cordoned).toBe(false);
});

test('a control plane between its two turns is told by what of it is new', () => {
  const story = running().until(is('install-kubeadm', 'cp-1'));
  expect(nodesLine(story.run, survey(story.run))).toContain(
    'cp-2 and cp-3 with the control plane on v1.34.9 and the kubelet still on v1.33.13',
  );
});
