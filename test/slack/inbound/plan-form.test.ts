import type { ModalView } from '@slack/types';
import { expect, test } from 'vitest';
import { ClusterName } from '../../../src/domain/names.ts';
import { version } from '../../../src/domain/version.ts';
import { opsChannel } from '../../support/story.ts';
import { desk } from './support.ts';

const both = ['prod-eu', 'prod-us'].map((name) => ClusterName.parse(name));
const chosen = (value: string) => ({ selected_option: { value } });
const shown = (view: unknown) => JSON.stringify(view);

test('the only cluster of a channel is chosen already, and its versions come newest first', async () => {
  const at = await desk();
  await at.command('plan');
  const view = at.slack.views.get('V1') as ModalView;
  expect(shown(view)).toMatch(/v1\.34\.9.*v1\.34\.8.*v1\.33\.14/);
  expect(shown(view)).toContain('newest of 1.34 (the next minor)');
  expect(view.submit?.text).toBe('Plan');
});

test('with several clusters the form asks which, shows that it is asking, then the versions', async () => {
  const at = await desk();
  at.useCases.names.set(opsChannel, both);
  await at.command('plan');
  expect(shown(at.slack.views.get('V1'))).toContain('Choose a cluster');
  const offer = Promise.withResolvers<{ current: ReturnType<typeof version>; offered: [] }>();
  at.useCases.answers.versionsOnOffer = () => offer.promise;
  await at.inView('V1', { id: 'plan.cluster', option: 'prod-us' });
  expect(shown(at.slack.views.get('V1'))).toContain('Asking the package repositories of prod-us');
  offer.resolve({ current: version('1.34.9'), offered: [] });
  await at.clock.settle();
  expect(shown(at.slack.views.get('V1'))).toContain('offer nothing newer');
});

test('a slow answer about one cluster does not overwrite the one that was chosen after it', async () => {
  const at = await desk();
  at.useCases.names.set(opsChannel, both);
  await at.command('plan');
  const slow = Promise.withResolvers<{ problem: string }>();
  at.useCases.answers.versionsOnOffer = async (cluster) =>
    cluster === 'prod-eu' ? slow.promise : { current: version('1.33.13'), offered: [version('1.34.9')] };
  await at.inView('V1', { id: 'plan.cluster', option: 'prod-eu' });
  await at.inView('V1', { id: 'plan.cluster', option: 'prod-us' });
  slow.resolve({ problem: 'timeout' });
  await at.clock.settle();
  expect(shown(at.slack.views.get('V1'))).toContain('version:prod-us');
});

test('a cluster that cannot be asked is said in the form, which stays open', async () => {
  const at = await desk();
  at.useCases.answers.versionsOnOffer = async () => ({ problem: 'cp-1 does not answer <!channel>' });
  await at.command('plan');
  const view = at.slack.views.get('V1') as ModalView;
  expect(shown(view)).toContain('could not be asked');
  expect(view.submit).toBeUndefined();
});

test('what is missing is said at its field, in the acknowledgement', async () => {
  const at = await desk();
  await at.command('plan');
  const { acks } = await at.submit('V1', {
    'version:prod-eu': { 'plan.version': { selected_option: null } },
  });
  expect(acks).toEqual([{ response_action: 'errors', errors: { 'version:prod-eu': 'Choose a version.' } }]);
  expect(at.useCases.changes).toEqual([]);
});

test('a submitted form plans what was chosen in it, in the channel where it was opened', async () => {
  const at = await desk();
  await at.command('plan');
  const { acks, answers } = await at.submit('V1', {
    cluster: { 'plan.cluster': chosen('prod-eu') },
    'version:prod-eu': { 'plan.version': chosen('v1.34.9') },
  });
  expect(acks).toEqual([undefined]);
  expect(answers[0]).toContain('Looking at prod-eu');
  expect(at.useCases.asked.at(-1)?.request).toMatchObject({
    channel: opsChannel,
    cluster: 'prod-eu',
    target: { kind: 'exact', version: 'v1.34.9' },
  });
});

test('what lies several minors ahead is offered with its number of hops, and planned in them', async () => {
  const at = await desk();
  at.useCases.answers.versionsOnOffer = async () => ({
    current: version('1.33.13'),
    offered: ['1.34.9', '1.35.2', '1.36.1'].map(version),
  });
  await at.command('plan');
  const view = shown(at.slack.views.get('V1'));
  expect(view).toContain('newest of 1.36 (3 hops, one minor at a time)');
  expect(view).toMatch(/"value":"v1\.36\.1 in-hops".*"value":"v1\.35\.2 in-hops".*"value":"v1\.34\.9"/);
  await at.submit('V1', {
    cluster: { 'plan.cluster': chosen('prod-eu') },
    'version:prod-eu': { 'plan.version': chosen('v1.36.1 in-hops') },
  });
  expect(at.useCases.asked.at(-1)?.request).toMatchObject({
    target: { kind: 'exact', version: 'v1.36.1' },
    inHops: true,
  });
});

test('a submitted form with made-up values plans nothing', async () => {
  const at = await desk();
  await at.command('plan');
  const { acks } = await at.submit('V1', {
    'version:prod-eu; reboot': { 'plan.version': chosen('v1.34.9 --force') },
  });
  expect(acks).toHaveLength(1);
  expect(at.useCases.changes).toEqual([]);
});

test('a form that Slack does not open is answered with a line to copy', async () => {
  const at = await desk();
  at.slack.openError = 'expired_trigger_id';
  const { answers } = await at.command('plan');
  expect(answers[0]).toContain('/k8s-upgrade plan prod-eu next');
});
