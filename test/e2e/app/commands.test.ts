import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { channel, deeds, type Stage, startStage, toldTo } from './support/stage.ts';

/** What is typed after /k8s-upgrade, and what the answer must show. */
const mistyped: readonly [title: string, text: string, answer: RegExp][] = [
  ['nothing at all', '', /\/k8s-upgrade plan/],
  ['an unknown verb', 'explode prod-eu', /There is no command `?explode/],
  [
    'a cluster of elsewhere',
    'plan prod-us 1.34.9',
    /There is no cluster `?prod-us`?[\s\S]*plan prod-eu 1\.34\.9/,
  ],
  [
    'a version that nobody offers',
    'plan prod-eu 1.34.99',
    /No package of v1\.34\.99 is on offer[\s\S]*plan prod-eu 1\.34\.9/,
  ],
  ['something that is no version', 'plan prod-eu yesterday', /no version that can be asked for/],
  ['a step back', 'plan prod-eu 1.32.1', /1\.32\.1/],
  ['a shell’s separator', 'plan prod-eu; rm -rf / 1.34.9', /I read/],
  ['a substitution', 'plan $(reboot) 1.34.9', /There is no cluster `?\$\(reboot\)/],
  ['backticks', 'plan `reboot` 1.34.9', /There is no cluster/],
  ['5,000 characters', `plan ${'x'.repeat(5_000)}`, /I read[\s\S]*…/],
  ['a mention of everybody', 'plan <!channel> 1.34.9', /I read/],
  ['a run that does not exist', 'abort zzzzzz', /no run `?zzzzzz/],
  ['a run’s id with more behind it', 'abort zzzzzz;reboot', /I read/],
];

describe('commands', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ nodes: { controlPlanes: 1, workers: 1 } });
  });
  afterAll(() => stage?.stop());
  afterEach(() => expect(deeds(stage)).toEqual([]));

  it.each(mistyped)('%s gets an answer with a line that works', async (_, text, expected) => {
    const { dana } = stage;
    const answer = await toldTo(dana, () => dana.command(channel, `/k8s-upgrade ${text}`.trim()), expected);
    expect(answer.plain.length).toBeLessThan(2_000);
    expect(JSON.stringify([answer.text, answer.blocks])).not.toMatch(/<!(channel|here|everyone)/);
  });

  it('smart quotes, capitals and long dashes are read as they were meant', async () => {
    const { dana } = stage;
    await dana.command(channel, '/k8s-upgrade PLAN “prod-eu” ‘v1.34.9’');
    await dana.waitForMessage(channel, 'Approvals 0 of 1', 60_000);
  });

  it.each([
    ['gil', 'prod-eu-ops', 'You are a guest here'],
    ['noor', 'ext-hosting', 'You belong to another workspace'],
    ['dana', 'ext-hosting', 'shared with another organisation'],
    ['dana', 'staging-ops', 'No cluster is tied to this channel'],
  ])('@%s in #%s is refused', async (handle, where, reason) => {
    const person = stage.demo.workspace.client.as(handle);
    await toldTo(person, () => person.command(where, '/k8s-upgrade plan prod-eu 1.34.9'), reason, where);
  });
});
