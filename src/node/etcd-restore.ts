import type { RunId } from '../domain/names.ts';
import type { MinorVersion } from '../domain/version.ts';
import type { Argv } from '../ports/remote-host.ts';
import { type Reader, readText, script } from './command.ts';
import { bodyOf, parseSections, sectionFunction } from './sections.ts';
import { stoppedDirectory } from './static-pods.ts';

/** More than a cluster writes between a snapshot and its return, and what etcd's own documentation gives. */
export const revisionBump = 1_000_000_000;

/** A program that restores snapshots. */
export interface RestoreTool {
  readonly path: string;
  /** `3.5.30` */
  readonly version: string;
  /** Knows `--bump-revision` and `--mark-compacted`: etcd 3.5.10 and later. */
  readonly bumps: boolean;
}

/** An etcdctl of 3.5 restores as etcdutl does, which it calls; from 3.6 on it cannot. */
const toolsScript = [
  sectionFunction,
  'for tool do',
  '  path=$(command -v "$tool" 2>/dev/null) || continue',
  '  section tool "$path"',
  '  "$path" version 2>/dev/null | head -n 1',
  '  "$path" snapshot restore --help 2>/dev/null | grep -e --bump-revision',
  'done',
  'exit 0',
];

/**
 * What a machine has to restore snapshots with, the configured one first.
 * @param paths absolute ones; those that are not there are passed over
 */
export async function findRestoreTools(host: Reader, paths: readonly string[] = []): Promise<RestoreTool[]> {
  const output = await readText(host, script(toolsScript, ...paths, 'etcdutl', 'etcdctl'), {
    purpose: 'looking for etcdutl',
  });
  return parseSections(output).flatMap(({ arguments: [path = ''], body }) => {
    const version = /^etcd(?:utl|ctl) version: (\d+\.\d+\.\d+)/m.exec(body)?.[1];
    const isTool = version !== undefined && (!path.endsWith('etcdctl') || version.startsWith('3.5.'));
    return isTool ? [{ path, version, bumps: body.includes('--bump-revision') }] : [];
  });
}

/** The first that can restore data for an etcd of that minor. */
export function toolFor(tools: readonly RestoreTool[], minor: MinorVersion): RestoreTool | undefined {
  return tools.find(({ version, bumps }) => bumps && version.startsWith(`${minor}.`));
}

/** In the restored `member`, written before it comes to its place: what it holds is the restore's token. */
const marker = 'k8s-upgrade-bot-restored';

/** etcd's directory by the manifest that is stopped or in place; `readlink`, because it may be on a disk of its own. */
const dataLines = [
  'data=$(sed -n "s/^ *- --data-dir=//p" "$stopped/etcd.yaml" /etc/kubernetes/manifests/etcd.yaml 2>/dev/null | head -n 1)',
  'data=${data:-/var/lib/etcd}',
  'data=$(readlink -f "$data" || echo "$data")',
];

/**
 * Everything is restored and marked in a hidden directory of etcd's own file system; then two renames set the old
 * `member` aside and put the new one in its place. So whatever lies there is either old or wholly new, and nothing is
 * deleted but what was restored by half. Exit status 75: etcd still runs here, or its manifest would have it started.
 */
const restoreScript = [
  'run=$1 stopped=$2 token=$3 tool=$4 snapshot=$5 name=$6 cluster=$7 peer=$8 bump=$9',
  ...dataLines,
  `if [ "$(cat "$data/member/${marker}" 2>/dev/null)" = "$token" ]; then exit 0; fi`,
  'if [ -e /etc/kubernetes/manifests/etcd.yaml ]; then echo "etcd.yaml is among the manifests"; exit 75; fi',
  "running=$(crictl ps --state Running -q --name '^etcd$') || exit",
  'if [ -n "$running" ]; then echo "etcd runs"; exit 75; fi',
  'mkdir -p "$data" || exit',
  'fresh=$data/.restoring-$token',
  'rm -rf "${fresh:?}" || exit',
  '"$tool" snapshot restore "$snapshot" --data-dir "$fresh" --name "$name" --initial-cluster "$cluster" \\',
  '  --initial-cluster-token "$token" --initial-advertise-peer-urls "$peer" --bump-revision "$bump" --mark-compacted || exit',
  'chown -R --reference="$data" "$fresh/member" || exit',
  `printf "%s\\n" "$token" >"$fresh/member/${marker}" && sync || exit`,
  'if [ -e "$data/member" ]; then',
  '  time=$(date -u +%Y%m%dT%H%M%SZ)',
  '  aside=$data-$run-$time',
  // Renaming works within a mount only; a copy of a large database would be slow and could end halfway.
  '  if mountpoint -q "$data" || [ "$(stat -c %d "$data")" != "$(stat -c %d "${data%/*}/")" ]; then aside=$data/before-$run-$time; fi',
  '  mkdir "$aside" && chmod 700 "$aside" && mv "$data/member" "$aside/member" || exit',
  'fi',
  'mv "$fresh/member" "$data/member" && sync "$data" || exit',
  'rmdir "$fresh"',
  'rm -f "$snapshot"',
];

export interface Restore {
  readonly run: RunId;
  readonly token: string;
  readonly tool: string;
  /** On the node; removed once it is restored. */
  readonly snapshot: string;
  readonly member: string;
  readonly members: readonly { readonly name: string; readonly peerUrl: string }[];
}

/**
 * Restores a snapshot into a fresh data directory. Revisions are bumped and the old ones compacted, or whoever watches
 * the cluster would take its caches for newer than what was restored (etcd: disaster recovery, "revision difference").
 * Restored already with that token: nothing is done.
 */
export function restoreCommand(restore: Restore): Argv {
  const { run, token, tool, snapshot, member, members } = restore;
  const own = members.find(({ name }) => name === member)?.peerUrl ?? '';
  return script(
    restoreScript,
    run,
    stoppedDirectory(run),
    token,
    tool,
    snapshot,
    member,
    members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(','),
    own,
    String(revisionBump),
  );
}

/** etcd's data as it lies on a node. */
export interface RestoredData {
  readonly directory: string;
  /** Of the restore that it comes from; undefined for data that was never restored by the bot. */
  readonly token?: string;
  /** Where this run set old data aside. */
  readonly aside: readonly string[];
}

const lookScript = [
  sectionFunction,
  'run=$1 stopped=$2',
  ...dataLines,
  'section directory',
  'echo "$data"',
  'section token',
  `if [ -f "$data/member/snap/db" ]; then cat "$data/member/${marker}" 2>/dev/null; fi`,
  'section aside',
  'ls -1d "$data-$run-"*/member "$data/before-$run-"*/member 2>/dev/null',
  'exit 0',
];

/** Looks which data etcd would start on. */
export async function readRestored(host: Reader, run: RunId): Promise<RestoredData> {
  const output = await readText(host, script(lookScript, run, stoppedDirectory(run)), {
    purpose: "looking at etcd's data",
  });
  const sections = parseSections(output);
  const token = bodyOf(sections, 'token').trim();
  return {
    directory: bodyOf(sections, 'directory').trim(),
    ...(token === '' ? {} : { token }),
    aside: bodyOf(sections, 'aside')
      .split('\n')
      .filter((line) => line.endsWith('/member'))
      .map((line) => line.slice(0, -'/member'.length)),
  };
}
