import { createHash } from 'node:crypto';

import type { EtcdMember } from '../../model/etcd.ts';
import { takeSnapshot } from '../../model/etcd-snapshots.ts';
import type { Invocation } from '../../shell/program.ts';
import { type Arguments, last, readArguments } from '../arguments.ts';

const valued = [
  'endpoints',
  'cacert',
  'cert',
  'key',
  'w',
  'write-out',
  'command-timeout',
  'dial-timeout',
  'target-version',
];

/** etcdctl inside the etcd container of a control plane. */
export async function etcdctl(run: Invocation, argv: string[]): Promise<number> {
  const args = readArguments(argv, valued);
  const { etcd } = run.model;
  const command = args.rest.slice(0, 2).join(' ');
  if (args.rest[0] === 'version') {
    run.out(
      `etcdctl version: ${own(run)?.version ?? ''}\nAPI version: ${minorOf(own(run)?.version ?? '')}\n`,
    );
    return 0;
  }
  if (!etcd.serves(run.machine.name)) {
    await run.model.clock.sleep(5_000, run.signal);
    run.err(
      `{"level":"warn","ts":"${new Date().toISOString()}","logger":"etcd-client","caller":"v3/retry_interceptor.go:66","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0x14000/127.0.0.1:2379","attempt":0,"error":"rpc error: code = DeadlineExceeded desc = context deadline exceeded"}\nError: context deadline exceeded\n`,
    );
    return 1;
  }
  switch (command) {
    case 'endpoint status':
      return endpointStatus(run, args);
    case 'endpoint health':
      return endpointHealth(run, args);
    case 'member list':
      return memberList(run, args);
    case 'alarm list':
      return alarmList(run, args);
    case 'snapshot save':
      return snapshotSave(run, args.rest[2] ?? '');
    case 'downgrade validate':
    case 'downgrade enable':
    case 'downgrade cancel':
      return downgrade(run, args);
    default:
      if (args.rest[0] === 'move-leader') return moveLeader(run, args);
      run.err(`Error: unknown command "${args.rest.join(' ')}" for "etcdctl"\n`);
      return 1;
  }
}

function alarmList(run: Invocation, args: Arguments): number {
  const { etcd } = run.model;
  const alarms = etcd.members.flatMap(({ id, node }) => {
    const alarm = etcd.alarms.get(node);
    return alarm === undefined ? [] : [{ id, alarm }];
  });
  if (last(args, 'w', 'write-out') === 'json') {
    const listed = alarms.map(({ id, alarm }) => `{"memberID":${id},"alarm":${alarm === 'CORRUPT' ? 2 : 1}}`);
    run.out(
      `{"header":{"cluster_id":${etcd.clusterId}}${alarms.length > 0 ? `,"alarms":[${listed.join(',')}]` : ''}}\n`,
    );
  } else {
    for (const { id, alarm } of alarms) run.out(`memberID:${id} alarm:${alarm}\n`);
  }
  return 0;
}

const own = (run: Invocation) => run.model.etcd.memberOf(run.machine.name);
const json = (args: Arguments) => last(args, 'w', 'write-out') === 'json';
const hex = (id: bigint) => id.toString(16);
const minorOf = (version: string) => version.split('.').slice(0, 2).join('.');

/** JSON with numbers beyond what a double holds: ids are uint64. */
function document(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'bigint' ? `\u0000${item}` : item,
  ).replaceAll(/"\\u0000(\d+)"/g, '$1');
}

function asked(run: Invocation, args: Arguments): EtcdMember[] {
  const all = [...run.model.etcd.members].sort((a, b) => (a.address < b.address ? -1 : 1));
  if (args.options.has('cluster')) return all;
  const endpoints = (last(args, 'endpoints') ?? 'https://127.0.0.1:2379').split(',');
  return endpoints
    .map((endpoint) =>
      /127\.0\.0\.1|localhost/.test(endpoint)
        ? own(run)
        : all.find(({ address }) => endpoint.includes(`${address}:`)),
    )
    .filter((member) => member !== undefined);
}

function endpointStatus(run: Invocation, args: Arguments): number {
  const { etcd, store } = run.model;
  const raftIndex = store.revision + 190;
  const local = !args.options.has('cluster');
  const members = asked(run, args);
  const rows = members
    .filter(({ running }) => running)
    .map((member) => ({
      Endpoint: local
        ? (last(args, 'endpoints') ?? 'https://127.0.0.1:2379').split(',')[members.indexOf(member)]
        : `https://${member.address}:2379`,
      Status: {
        header: {
          cluster_id: etcd.clusterId,
          member_id: member.id,
          revision: store.revision,
          raft_term: etcd.term,
        },
        version: member.version,
        dbSize: member.dbSize,
        leader: etcd.leader,
        raftIndex,
        raftTerm: etcd.term,
        raftAppliedIndex: raftIndex,
        dbSizeInUse: member.dbSize,
        ...(member.learner && { isLearner: true }),
        ...(minorOf(member.version) !== '3.5' &&
          etcd.downgradeTo !== undefined && {
            storageVersion: etcd.storageVersion(member),
            downgradeInfo: { enabled: true, targetVersion: `3.${etcd.downgradeTo}.0` },
          }),
      },
    }));
  if (json(args)) run.out(`${document(rows)}\n`);
  else {
    for (const {
      Endpoint,
      Status: { header, version, dbSize, leader },
    } of rows) {
      run.out(
        `${Endpoint}, ${hex(header.member_id)}, ${version}, ${(dbSize / 1_048_576).toFixed(1)} MB, ${leader === header.member_id}, false, ${etcd.term}, ${raftIndex}, ${raftIndex}, \n`,
      );
    }
  }
  const down = members.filter(({ running }) => !running);
  for (const { address } of down)
    run.err(`Failed to get the status of endpoint https://${address}:2379 (context deadline exceeded)\n`);
  return down.length > 0 ? 1 : 0;
}

function endpointHealth(run: Invocation, args: Arguments): number {
  const rows = asked(run, args).map(({ address, running }) => ({
    endpoint: args.options.has('cluster') ? `https://${address}:2379` : 'https://127.0.0.1:2379',
    health: running,
    took: running ? `${(12 + run.model.random.next() * 15).toFixed(6)}ms` : '5.001245987s',
    ...(!running && { error: 'context deadline exceeded' }),
  }));
  const bad = rows.some(({ health }) => !health);
  if (json(args)) run.out(`${JSON.stringify(rows)}\n`);
  else {
    for (const { endpoint, health, took } of rows) {
      if (health) run.out(`${endpoint} is healthy: successfully committed proposal: took = ${took}\n`);
      else run.err(`${endpoint} is unhealthy: failed to commit proposal: context deadline exceeded\n`);
    }
  }
  if (bad) run.err('Error: unhealthy cluster\n');
  return bad ? 1 : 0;
}

function memberList(run: Invocation, args: Arguments): number {
  const { etcd } = run.model;
  if (!json(args)) {
    for (const { id, node, address, learner } of etcd.members)
      run.out(`${hex(id)}, started, ${node}, https://${address}:2380, https://${address}:2379, ${learner}\n`);
    return 0;
  }
  run.out(
    `${document({
      header: { cluster_id: etcd.clusterId, member_id: own(run)?.id ?? 0n, raft_term: etcd.term },
      members: etcd.members.map(({ id, node, address, learner }) => ({
        ID: id,
        name: node,
        peerURLs: [`https://${address}:2380`],
        clientURLs: [`https://${address}:2379`],
        ...(learner && { isLearner: true }),
      })),
    })}\n`,
  );
  return 0;
}

function moveLeader(run: Invocation, args: Arguments): number {
  const { etcd } = run.model;
  const [, target = ''] = args.rest;
  if (target === '' || !/^[0-9a-f]+$/i.test(target)) {
    run.err(
      target === ''
        ? 'Error: move-leader command needs 1 argument\n'
        : `Error: strconv.ParseUint: parsing "${target}": invalid syntax\n`,
    );
    return 128;
  }
  if (!asked(run, args).some(({ id }) => id === etcd.leader)) {
    run.err(`Error: no leader endpoint given at [${last(args, 'endpoints') ?? 'https://127.0.0.1:2379'}]\n`);
    return 128;
  }
  const from = etcd.leader;
  const outcome = etcd.moveLeader(BigInt(`0x${target}`));
  if (outcome === 'moved') {
    run.out(`Leadership transferred from ${hex(from)} to ${target}\n`);
    return 0;
  }
  run.err(
    `{"level":"warn","ts":"${new Date().toISOString()}","logger":"etcd-client","caller":"v3/retry_interceptor.go:66","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0x2945ef9fa3c0/127.0.0.1:2379","attempt":0,"error":"rpc error: code = FailedPrecondition desc = etcdserver: ${outcome}"}\nError: etcdserver: ${outcome}\n`,
  );
  return 1;
}

async function snapshotSave(run: Invocation, path: string): Promise<number> {
  const log = (caller: string, msg: string, more: Record<string, string>, logger?: string) =>
    run.err(
      `${JSON.stringify({ level: 'info', ts: new Date().toISOString(), ...(logger !== undefined && { logger }), caller, msg, ...more })}\n`,
    );
  if (!path.startsWith('/var/lib/etcd/')) {
    // Only the data directory and pki/etcd are mounted into the container: anything else is lost with it.
    run.err(`Error: could not open ${path}.part (open ${path}.part: no such file or directory)\n`);
    return 1;
  }
  const { files } = run.machine;
  if (files.full) {
    run.err(`Error: could not write ${path}.part (write ${path}.part: no space left on device)\n`);
    return 1;
  }
  log('snapshot/v3_snapshot.go:65', 'created temporary db file', { path: `${path}.part` });
  log('v3/maintenance.go:212', 'opened snapshot stream; downloading', {}, 'client');
  log('snapshot/v3_snapshot.go:73', 'fetching snapshot', { endpoint: 'https://127.0.0.1:2379' });
  const body = takeSnapshot(run.model, own(run)?.dbSize ?? 2_240_512);
  await files.put(`${path}.part`, body.subarray(0, body.length / 2), 0o600);
  await run.model.clock.sleep(1_200, run.signal);
  await files.put(`${path}.part`, body, 0o600);
  log('v3/maintenance.go:220', 'completed snapshot read; closing', {}, 'client');
  log('snapshot/v3_snapshot.go:88', 'fetched snapshot', {
    endpoint: 'https://127.0.0.1:2379',
    size: `${(body.length / 1e6).toFixed(1)} MB`,
    took: 'now',
  });
  await files.mv(`${path}.part`, path);
  log('snapshot/v3_snapshot.go:97', 'saved', { path });
  run.out(`Snapshot saved at ${path}\n`);
  run.model.journal.record(
    run.machine.name,
    'etcd-snapshot',
    `${path} ${createHash('sha256').update(body).digest('hex').slice(0, 12)}`,
  );
  return 0;
}

function downgrade(run: Invocation, args: Arguments): number {
  const [, action = '', target = ''] = args.rest;
  const { etcd } = run.model;
  if (!(own(run)?.version ?? '').startsWith('3.6') && action !== 'cancel') {
    run.err(`Error: unknown command "downgrade" for "etcdctl"\n`);
    return 1;
  }
  if (action === 'cancel') {
    etcd.downgradeTo = undefined;
    run.out(`Downgrade cancel success, cluster version 3.${etcd.clusterMinor}\n`);
    return 0;
  }
  const minor = Number(/^3\.(\d+)/.exec(target)?.[1] ?? -1);
  if (minor !== etcd.clusterMinor - 1) {
    run.err('Error: etcdserver: invalid downgrade target version\n');
    return 1;
  }
  if (action === 'enable') {
    etcd.enableDowngrade(minor);
    run.model.journal.record(run.machine.name, 'etcd-downgrade', `enabled 3.${minor}`);
  }
  run.out(`Downgrade ${action} success, cluster version 3.${etcd.clusterMinor}\n`);
  return 0;
}
