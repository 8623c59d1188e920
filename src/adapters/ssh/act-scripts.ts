import { type Act, rootPath } from '../../ports/remote-host.ts';
import { commandLine, quote } from './quote.ts';

/**
 * The protocol of long acts, as it lies on a machine:
 *
 *     /var/lib/k8s-upgrade-bot/<base>/<attempt>/     0700 root; kept until the run is archived
 *       command    what the unit runs: readable, complete; locked while it runs, so that its end wakes who follows
 *       started/   made by the unit itself before anything else, holds the boot id
 *       output     what the command prints
 *       exit       its exit status; there or not there, never half
 *       stopped    who had it stopped, if somebody had
 *
 * `started` is made by mkdir inside the unit, so an attempt's command runs at most once however often its start is asked
 * for, and a start that was cut short can be asked for again without looking further: no `started`, never run. A later
 * attempt takes `started` of an earlier one that has not begun, so that it never will; where it has begun and still
 * runs, the later attempt becomes a link to it and they are one from then on.
 */
export const stateDirectory = '/var/lib/k8s-upgrade-bot';

/** What a unit runs. Everything is in this file, so that systemd has no text of ours to expand (%, $). */
export function commandFile(act: Pick<Act, 'argv' | 'environment'>): string {
  const environment = {
    PATH: rootPath,
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    ...act.environment,
  };
  return `#!/bin/sh
# An act of k8s-upgrade-bot. Beside this file: output, and exit once it has ended.
d=\${0%/*}
mkdir "$d/started" || exit 0
exec 9<"$0"
flock 9 2>/dev/null
cat /proc/sys/kernel/random/boot_id >"$d/started/boot"
sync "$d/started/boot" "$d/started" "$d"
${Object.entries(environment)
  .map(([name, value]) => `export ${name}=${quote(value)}`)
  .join('\n')}
cd /
${commandLine(act.argv)} >"$d/output" 2>&1 </dev/null 9<&-
code=$?
printf '%s\\n' "$code" >"$d/exit.part"
sync "$d/output" "$d/exit.part"
mv "$d/exit.part" "$d/exit"
sync "$d"
exit "$code"
`;
}

/** `alive N`: whether the unit of attempt N has a process. A systemd that does not answer is no "no". */
const alive = `alive() {
  state=$(systemctl is-active "k8s-upgrade-bot-$base-$1.service")
  case $state in
    active|activating|deactivating|reloading) return 0 ;;
    inactive|failed|unknown) return 1 ;;
    *) echo act:untellable >&2; exit 0 ;;
  esac
}`;

/**
 * `others`: the base of an act of another run that still runs here, if there is one. A run that was aborted leaves a
 * command to itself that outlived its wait; the next run must not start a second kubeadm or apt beside it.
 */
const others = `others() {
  for s in "$root"/*:*/*/started; do
    o=\${s%/started}
    if [ ! -d "$s" ] || [ -e "$o/exit" ]; then continue; fi
    m=\${o##*/} b=\${o%/*}
    b=\${b##*/}
    case $b in "\${base%%:*}":*) continue ;; esac
    if (base=$b; alive "$m"); then echo "$b"; return; fi
  done
}`;

/** Output that has grown by more than this since the last look is not handed on whole, but its beginning and its end. */
const mostBehind = 1024 * 1024;
const headBytes = 64 * 1024;
const tailBytes = 192 * 1024;

/** `hand_on TO`: the output from the offset on up to there, with a line before it that says what it is (act-frames.ts). */
const handOn = `hand_on() {
  printf 'act:bytes:%s:%s:%s\\n' "$n" "$offset" "$(($1 - offset))"
  tail -c "+$((offset + 1))" "$d/output" | head -c "$(($1 - offset))"
  offset=$(($1))
}`;

/**
 * Starts an attempt unless it (or an earlier one that still runs) was started, then hands on its output from an offset
 * until it ends or the polls are used up. Without a command file it starts nothing, and only looks on. The output goes to
 * stdout in pieces; what is known of the act goes to stderr in lines that begin with `act:`. A lock that can be had
 * although there is no exit tells nothing (not taken yet, killed, a machine without flock): then time passes as if it
 * could not. Each start writes the command into a file of its own, or the unit of one would run what another has just
 * begun to write. A start that systemd refused may have been another's at the same moment, which takes a moment to show.
 * Safe to run any number of times, at once or after one another, and to be cut anywhere.
 *
 * Arguments: state directory, base, attempt, offset, polls (five a second), command file.
 */
export const startAndFollow = `root=$1 base=$2 n=$3 offset=$4 polls=$5 command=$6
b=$root/$base
${alive}
${others}
${handOn}
if [ -z "$command" ] && [ ! -e "$b/$n" ]; then echo act:none >&2; exit 0; fi
mkdir -p "$b" && chmod 700 "$root"
if [ ! -e "$b/$n" ]; then
  m=$((n - 1))
  while [ "$m" -ge 1 ]; do
    if [ -d "$b/$m" ] && [ ! -e "$b/$m/exit" ] && ! mkdir "$b/$m/started" 2>/dev/null && alive "$m"; then
      ln -s "$m" "$b/$n"
      break
    fi
    m=$((m - 1))
  done
  mkdir -p "$b/$n"
fi
if [ -L "$b/$n" ]; then n=$(readlink "$b/$n"); fi
d=$b/$n
if [ ! -e "$d/started" ] && ! alive "$n"; then
  if [ -z "$command" ]; then echo act:none >&2; exit 0; fi
  other=$(others)
  if [ -n "$other" ]; then echo "act:busy:$other" >&2; exit 0; fi
  if ! printf '%s' "$command" | cat >"$d/command.$$"; then echo act:not-started >&2; exit 0; fi
  sync "$d/command.$$"
  mv "$d/command.$$" "$d/command"
  if ! systemd-run --quiet --collect --unit="k8s-upgrade-bot-$base-$n" \\
    --description="k8s-upgrade-bot: $base, attempt $n" /bin/sh "$d/command"; then
    t=0
    while [ ! -e "$d/started" ] && ! alive "$n"; do
      if [ "$t" -ge 25 ]; then echo act:not-started >&2; exit 0; fi
      sleep 0.2
      t=$((t + 1))
    done
  fi
fi
echo "act:follows:$n" >&2
i=0 pause=0.05
while :; do
  gone=
  if [ "$((i % 10))" -eq 0 ] && ! alive "$n"; then gone=yes; fi
  code=
  if [ -e "$d/exit" ]; then code=$(cat "$d/exit"); fi
  size=0
  if [ -e "$d/output" ]; then size=$(wc -c <"$d/output"); fi
  if [ "$((size - offset))" -gt ${mostBehind} ]; then
    if [ "$offset" -lt ${headBytes} ]; then hand_on ${headBytes}; fi
    offset=$((size - ${tailBytes}))
  fi
  if [ "$size" -gt "$offset" ]; then hand_on "$size"; fi
  if [ -n "$code" ]; then echo "act:exited:$code" >&2; exit 0; fi
  if [ -n "$gone" ]; then
    if [ ! -e "$d/started" ]; then echo act:not-started >&2; exit 0; fi
    now=$(cat /proc/sys/kernel/random/boot_id)
    if [ -e "$d/stopped" ]; then echo "act:stopped:$(cat "$d/stopped")" >&2
    elif [ "$(cat "$d/started/boot")" != "$now" ]; then echo act:rebooted >&2
    elif [ "$(systemctl is-system-running 2>/dev/null)" = stopping ]; then echo act:shutdown >&2
    else echo act:gone >&2; fi
    exit 0
  fi
  if [ "$i" -ge "$polls" ]; then echo act:running >&2; exit 0; fi
  flock -s -w 0.2 "$d/command" true 2>/dev/null
  if [ "$?" -ne 1 ] && [ ! -e "$d/exit" ]; then sleep "$pause"; fi
  pause=0.2
  i=$((i + 1))
done`;

/** Ends an act on a person's word. Arguments: state directory, base, attempt, stop or kill, who. */
export const stop = `root=$1 base=$2 n=$3
${alive}
if [ -L "$root/$base/$n" ]; then n=$(readlink "$root/$base/$n"); fi
if ! alive "$n"; then echo act:not-running; exit 0; fi
printf '%s' "$5" >"$root/$base/$n/stopped"
if [ "$4" = kill ]; then systemctl kill --signal=KILL "k8s-upgrade-bot-$base-$n.service"
else systemctl stop "k8s-upgrade-bot-$base-$n.service"; fi`;

/** Removes what the acts of a run left, except where one still runs. Arguments: state directory, the run's id. */
export const forget = `root=$1
${alive}
for b in "$root/$2" "$root/$2"[.:_-]*; do
  if [ ! -d "$b" ]; then continue; fi
  base=\${b##*/} busy=
  for d in "$b"/*; do
    if [ -d "$d/started" ] && [ ! -e "$d/exit" ] && alive "\${d##*/}"; then busy=yes; fi
  done
  if [ -n "$busy" ]; then echo "$base"; else rm -rf "$b"; fi
done`;
