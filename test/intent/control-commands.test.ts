import { describe, expect, test } from 'vitest';
import { parseUpgradeCommand } from '../../src/intent/parse-upgrade-command.ts';

const read = (text: string) => parseUpgradeCommand(text, { clusters: ['prod-eu', 'staging-eu'] });

describe('what may be asked of a run', () => {
  test.each([
    ['retry abc234', { kind: 'retry', run: 'abc234' }],
    ['RETRY ABC234 W-04', { kind: 'retry', run: 'abc234', node: 'w-04' }],
    [
      'skip abc234 W-04 Its owner drains it — tomorrow',
      { kind: 'skip', run: 'abc234', words: ['W-04', 'Its', 'owner', 'drains', 'it', '--', 'tomorrow'] },
    ],
    ['skip abc234 -- broken disk', { kind: 'skip', run: 'abc234', words: ['--', 'broken', 'disk'] }],
    ['handover abc234 <@U00000AMIR|amir>', { kind: 'handover', run: 'abc234', to: 'U00000AMIR' }],
    ['<@U0BOT99> handover abc234 <@W00000AMIR>', { kind: 'handover', run: 'abc234', to: 'W00000AMIR' }],
    ['output', { kind: 'output' }],
    ['output abc234', { kind: 'output', run: 'abc234' }],
    ['output abc234 W-04', { kind: 'output', run: 'abc234', about: 'w-04' }],
    [
      'output abc234 v1.34.9/w-04/install-kubelet',
      { kind: 'output', run: 'abc234', about: 'v1.34.9/w-04/install-kubelet' },
    ],
    ['output w-04', { kind: 'output', about: 'w-04' }],
    ['extend abc234', { kind: 'extend', run: 'abc234' }],
    ['extend abc234 30m', { kind: 'extend', run: 'abc234', minutes: 30 }],
    ['extend abc234 w-04 1h30m', { kind: 'extend', run: 'abc234', node: 'w-04', minutes: 90 }],
    ['extend abc234 2h w-04', { kind: 'extend', run: 'abc234', node: 'w-04', minutes: 120 }],
    ['extend abc234 45', { kind: 'extend', run: 'abc234', minutes: 45 }],
  ])('%s', (text, intent) => {
    expect(read(text)).toEqual(intent);
  });
});

describe('what is not understood, with a line to copy', () => {
  test.each([
    ['retry', '/k8s-upgrade runs', 'which run to retry'],
    ['retry abc234 w_04', '/k8s-upgrade retry abc234', 'cannot be the name of a node'],
    ['retry abc234 w-04 w-05', '/k8s-upgrade retry abc234 w-04', '`w-05` is one word too many'],
    ['again abc234', '/k8s-upgrade retry abc234', 'no command `again`'],
    ['skip prod-eu', '/k8s-upgrade runs', '`prod-eu` is a cluster'],
    ['skip abc234', '/k8s-upgrade skip abc234 its owner drains it tomorrow', 'Say why'],
    ['handover abc234', '/k8s-upgrade status abc234', 'to whom'],
    ['handover abc234 @amir', '/k8s-upgrade status abc234', '`@amir` is nobody whom Slack knows'],
    ['handover abc234 <@U00000AMIR> now', '/k8s-upgrade status abc234', '`now` is one word too many'],
    ['hand-over', '/k8s-upgrade runs', 'no command `hand-over`'],
    ['output prod-eu', '/k8s-upgrade runs', '`prod-eu` is a cluster'],
    ['output w-04 w-05', '/k8s-upgrade output', '`w-04` is not the name of a run'],
    ['output abc234 w-04 w-05', '/k8s-upgrade output abc234 w-04', '`w-05` is one word too many'],
    ['output abc234 w_04', '/k8s-upgrade output abc234', 'neither a node nor a step'],
    ['logs abc234 w-04', '/k8s-upgrade output abc234 w-04', 'no command `logs`'],
    ['outpt abc234', '/k8s-upgrade output abc234', 'no command `outpt`'],
    ['extend abc234 soon please', '/k8s-upgrade extend abc234 30m', '`please` is neither'],
    ['extend', '/k8s-upgrade runs', 'which run to extend'],
  ])('%s', (text, suggestion, says) => {
    const error = read(text);
    expect(error).toMatchObject({ kind: 'usage-error', suggestion });
    expect(error.kind === 'usage-error' ? error.problem : '').toContain(says);
  });
});
