import { contentOf, isIntact, restoredMarker, sumOf } from '../../model/etcd-snapshots.ts';
import type { Invocation, Program } from '../../shell/program.ts';
import { last, readArguments } from '../arguments.ts';

const valued = [
  'w',
  'write-out',
  'data-dir',
  'name',
  'initial-cluster',
  'initial-cluster-token',
  'initial-advertise-peer-urls',
  'bump-revision',
  'wal-dir',
];

const restoreHelp = `Restores an etcd member snapshot to an etcd directory

Usage:
  etcdutl snapshot restore <filename> --data-dir {output dir} [options] [flags]

Flags:
      --bump-revision uint                   How much to increase the latest revision after restore
      --data-dir string                      Path to the output data directory
  -h, --help                                 help for restore
      --mark-compacted                       Mark the latest revision after restore as the point of scheduled compaction (required if --bump-revision > 0, disallowed otherwise)
`;

/** etcdutl on the host: `snapshot status` and `snapshot restore`. */
export const etcdutl: Program = async (run) => {
  const args = readArguments(run.args, valued);
  const [group = '', action = '', path = ''] = args.rest;
  if (group === 'version') {
    const release = run.model.etcdutl;
    run.out(`etcdutl version: ${release}\nAPI version: ${release.replace(/\.\d+$/, '')}\n`);
    return 0;
  }
  if (group === 'snapshot' && action === 'restore' && (args.options.has('help') || args.options.has('h'))) {
    run.out(restoreHelp);
    return 0;
  }
  if (group !== 'snapshot' || (action !== 'status' && action !== 'restore')) {
    run.err(`Error: unknown command "${args.rest.join(' ')}" for "etcdutl"\n`);
    return 1;
  }
  if (!(await run.files.exists(path))) {
    run.err(`Error: stat ${path}: no such file or directory\n`);
    return 1;
  }
  const file = await run.files.readFileBuffer(path);
  const content = contentOf(run.model, file);
  if (!isIntact(file) || content === undefined) {
    run.err(`Error: snapshot file integrity check failed. 1 errors found.\n`);
    return 1;
  }
  if (action === 'status') {
    const status = {
      hash: file.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7),
      revision: content.revision,
      totalKey: content.objects.length * 2,
      totalSize: file.length - 32,
    };
    run.out(
      last(args, 'w', 'write-out') === 'json'
        ? `${JSON.stringify(status)}\n`
        : `${status.hash.toString(16)}, ${status.revision}, ${status.totalKey}, ${(status.totalSize / 1e6).toFixed(1)} MB\n`,
    );
    return 0;
  }
  return restore(
    run,
    path,
    last(args, 'data-dir') ?? `${last(args, 'name') ?? 'default'}.etcd`,
    Number(last(args, 'bump-revision') ?? 0),
  );
};

async function restore(run: Invocation, snapshot: string, directory: string, bump: number): Promise<number> {
  const { disk } = run.files;
  if ((await disk.exists(directory)) && (await disk.readdir(directory)).length > 0) {
    run.err(`Error: data-dir "${directory}" not empty or could not be read\n`);
    return 1;
  }
  const line = (where: string, text: string) =>
    run.err(
      `${new Date().toISOString().slice(0, 19)}Z\tinfo\t${where}\t${text}\t{"path": "${snapshot}", "data-dir": "${directory}"}\n`,
    );
  line('snapshot/v3_snapshot.go:265', 'restoring snapshot');
  await run.model.clock.sleep(2_000, run.signal);
  await disk.put(
    `${directory}/member/snap/db`,
    (await run.files.readFileBuffer(snapshot)).subarray(0, -32),
    0o600,
  );
  const from = { sum: sumOf(await run.files.readFileBuffer(snapshot)), bump };
  await disk.put(`${directory}${restoredMarker}`, JSON.stringify(from), 0o600);
  await disk.put(
    `${directory}/member/wal/0000000000000000-0000000000000000.wal`,
    new Uint8Array(1_024),
    0o600,
  );
  await disk.chmod(`${directory}/member`, 0o700);
  line('snapshot/v3_snapshot.go:293', 'restored snapshot');
  run.model.journal.record(run.machine.name, 'etcd-restore', snapshot);
  return 0;
}
