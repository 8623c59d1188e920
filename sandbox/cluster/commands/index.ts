import type { Program } from '../shell/program.ts';
import { aptCache } from './apt/cache.ts';
import { dpkg, dpkgQuery } from './apt/dpkg.ts';
import { aptGet } from './apt/get.ts';
import { aptMark } from './apt/mark.ts';
import { crictl } from './crictl.ts';
import { du } from './disk-usage.ts';
import { etcdutl } from './etcd/etcdutl.ts';
import { chown, cp, install, mktemp, realpath, stat, umask } from './files.ts';
import { kubeadm } from './kubeadm/index.ts';
import { kubectl } from './kubectl.ts';
import { cat, ls, mkdir, sha256sum } from './listing.ts';
import { flock, id, sudo, timeout, transparent, whoami } from './privilege.ts';
import { echo, sh } from './shells.ts';
import {
  curl,
  date,
  df,
  free,
  getent,
  hostname,
  kubelet,
  mountpoint,
  nothing,
  nproc,
  reboot,
  swapon,
  timedatectl,
  uname,
} from './system.ts';
import { systemctl } from './systemd/ctl.ts';
import { journalctl } from './systemd/journal.ts';
import { systemdRun } from './systemd/run.ts';
import { tail } from './tail.ts';

/** Every simulated program by the name it is called by; the rest of a node's programs are just-bash's own. */
export const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['apt-cache', aptCache],
  ['apt-get', aptGet],
  ['apt-mark', aptMark],
  ['bash', sh],
  ['cat', cat],
  ['chown', chown],
  ['cp', cp],
  ['crictl', crictl],
  ['curl', curl],
  ['date', date],
  ['df', df],
  ['dpkg', dpkg],
  ['dpkg-query', dpkgQuery],
  ['du', du],
  ['echo', echo],
  ['etcdutl', etcdutl],
  ['flock', flock],
  ['free', free],
  ['fsync', nothing],
  ['getent', getent],
  ['hostname', hostname],
  ['id', id],
  ['install', install],
  ['ionice', transparent],
  ['journalctl', journalctl],
  ['kubeadm', kubeadm],
  ['kubectl', kubectl],
  ['kubelet', kubelet],
  ['ls', ls],
  ['mkdir', mkdir],
  ['mktemp', mktemp],
  ['mountpoint', mountpoint],
  ['nice', transparent],
  ['nohup', transparent],
  ['nproc', nproc],
  ['realpath', realpath],
  ['reboot', reboot],
  ['setsid', transparent],
  ['sh', sh],
  ['sha256sum', sha256sum],
  ['stat', stat],
  ['stdbuf', transparent],
  ['sudo', sudo],
  ['swapon', swapon],
  ['sync', nothing],
  ['systemctl', systemctl],
  ['systemd-run', systemdRun],
  ['timedatectl', timedatectl],
  ['tail', tail],
  ['timeout', timeout],
  ['trap', nothing],
  ['umask', umask],
  ['uname', uname],
  ['whoami', whoami],
]);
