import { expect, test } from 'vitest';
import { moveLeaderCommand, parseEtcdState, readEtcd } from '../../src/node/etcd.ts';
import { parseExactJson } from '../../src/node/exact-json.ts';
import { recording } from '../support/recordings.ts';
import { exited, scriptedHost } from '../support/scripted-host.ts';

/** The output of the bot's own script around recorded answers of etcdctl. */
function etcdOutput(parts: { members?: string; status?: string; health?: string; alarms?: string }): string {
  return [
    '\n@@ k8s-upgrade-bot: name\ncp1\n',
    `\n@@ k8s-upgrade-bot: members\n${parts.members ?? recording('cluster-1.33.13/etcdctl-member-list-json').stdout}`,
    `\n@@ k8s-upgrade-bot: status\n${parts.status ?? recording('cluster-1.33.13/etcdctl-endpoint-status-json').stdout}`,
    `\n@@ k8s-upgrade-bot: health\n${parts.health ?? recording('cluster-1.33.13/etcdctl-endpoint-health-json').stdout}`,
    `\n@@ k8s-upgrade-bot: alarms\n${parts.alarms ?? ''}`,
  ].join('');
}

test('member ids keep all their digits', () => {
  const state = parseEtcdState(etcdOutput({}));
  expect(state?.members.map(({ name, id }) => [name, id])).toEqual([
    ['cp1', '2677674080080550774'],
    ['cp2', '14772832823008743594'],
    ['cp3', '17420014629625868395'],
  ]);
});

test('the leader is the member that its own endpoint calls the leader', () => {
  const state = parseEtcdState(etcdOutput({}));
  expect(state?.localName).toBe('cp1');
  expect(state?.members.map(({ isLeader, healthy, version }) => ({ isLeader, healthy, version }))).toEqual([
    { isLeader: true, healthy: true, version: '3.5.30' },
    { isLeader: false, healthy: true, version: '3.5.30' },
    { isLeader: false, healthy: true, version: '3.5.30' },
  ]);
});

test('members of two versions are told apart in the middle of an upgrade', () => {
  const mixed = recording('upgrade-1.33.13-to-1.34.9/07-cp1-etcd-status-mixed').stdout;
  const ids = [...mixed.matchAll(/"member_id":(\d+)/g)].map((match) => match[1] ?? '');
  const members = JSON.stringify({ members: ids.map((_, index) => ({ ID: index, name: `cp${index + 1}` })) });
  const state = parseEtcdState(
    etcdOutput({
      status: mixed,
      members: members.replace(/"ID":(\d)/g, (_, index: string) => `"ID":${ids[Number(index)]}`),
    }),
  );
  expect(state?.members.map(({ name, version, isLeader }) => `${name} ${version} ${isLeader}`)).toEqual([
    'cp1 3.6.5 false',
    'cp2 3.5.30 true',
    'cp3 3.5.30 false',
  ]);
});

test('a member whose endpoint does not answer is not healthy, and the others are still told', () => {
  const status = recording('cluster-1.33.13/etcdctl-endpoint-status-json').stdout.replace(
    /,\{"Endpoint":"https:\/\/10\.77\.0\.13.*\]/,
    ']',
  );
  const health =
    '[{"endpoint":"https://10.77.0.11:2379","health":true},{"endpoint":"https://10.77.0.12:2379","health":true},{"endpoint":"https://10.77.0.13:2379","health":false,"error":"context deadline exceeded"}]';
  const state = parseEtcdState(etcdOutput({ status, health }));
  expect(state?.members.map(({ name, healthy, version }) => [name, healthy, version])).toEqual([
    ['cp1', true, '3.5.30'],
    ['cp2', true, '3.5.30'],
    ['cp3', false, ''],
  ]);
});

test('a learner and an alarm are seen', () => {
  const members = recording('cluster-1.33.13/etcdctl-member-list-json').stdout.replace(
    '"name":"cp3"',
    '"name":"","isLearner":true',
  );
  const alarms = '{"header":{},"alarms":[{"memberID":14772832823008743594,"alarm":1}]}';
  const state = parseEtcdState(etcdOutput({ members, alarms }));
  expect(state?.members.at(-1)).toMatchObject({ name: '', isLearner: true });
  expect(state?.alarmed).toEqual(['14772832823008743594']);
});

test('an etcd that does not run is a passing failure', async () => {
  const host = scriptedHost(() => exited(69));
  await expect(readEtcd(host)).rejects.toMatchObject({ code: 'etcd.unhealthy', retry: 'transient' });
});

test('the new leader is named in hexadecimal, exactly', () => {
  expect(moveLeaderCommand('2677674080080550774').at(-1)).toBe('252902638f78db76');
  expect(BigInt(`0x${moveLeaderCommand('18446744073709551615').at(-1)}`)).toBe(2n ** 64n - 1n);
});

test('integers beyond 2^53 become bigint, everything else stays', () => {
  expect(
    parseExactJson('{"a":18446744073709551615,"b":1,"c":1.5,"d":"18446744073709551615","e":1e30}'),
  ).toEqual({
    a: 18446744073709551615n,
    b: 1,
    c: 1.5,
    d: '18446744073709551615',
    e: 1e30,
  });
});

test.each([
  [69, '', 'no etcd container runs there'],
  [1, '', 'exited with status 1'],
  [0, 'not what was asked for', 'exited with status 0'],
])(
  'an etcd that cannot be asked is unhealthy for now, and says why: status %i',
  async (code, stdout, why) => {
    const host = scriptedHost(() => exited(code, stdout, 'context deadline exceeded\n'));
    await expect(readEtcd(host)).rejects.toMatchObject({
      code: 'etcd.unhealthy',
      retry: 'transient',
      message: expect.stringContaining(why),
      lastWords: ['context deadline exceeded'],
    });
  },
);

test('a downgrade that is under way shows, one that is over or says nothing does not', () => {
  const [status] = JSON.parse(
    recording('cluster-1.33.13/etcdctl-endpoint-status-json').stdout.replaceAll(/\d{17,}/g, '7'),
  );
  const downgradeOf = (downgradeInfo?: object) => {
    const shown = [{ ...status, Status: { ...status.Status, downgradeInfo } }];
    const members = JSON.stringify({ members: [{ ID: 7, name: 'cp1' }] });
    return parseEtcdState(etcdOutput({ members, status: JSON.stringify(shown) }))?.members[0]?.downgradeTo;
  };
  expect(downgradeOf({ enabled: true, targetVersion: '3.5.0' })).toBe('3.5.0');
  expect(downgradeOf({ enabled: false, targetVersion: '3.5.0' })).toBeUndefined();
  expect(downgradeOf({ targetVersion: '3.5.0' })).toBeUndefined();
  expect(downgradeOf()).toBeUndefined();
});
