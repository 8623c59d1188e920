import { StepFailure } from '../../domain/failure.ts';
import type { Argv } from '../../ports/remote-host.ts';
import { marked } from './login-shell.ts';
import { commandLine } from './quote.ts';

/** Seconds between the polite signal of the remote timeout and the one that nothing survives. */
export const killAfterSeconds = 5;

/**
 * The line for the login shell that runs a command as root under a remote timeout. `LC_ALL` keeps what programs (and
 * sudo itself) print in English and in UTF-8, whatever the machine's locale; sudo hands it on (env_check in sudoers(5)).
 * `env` sets it, since not every shell knows an assignment before a command.
 */
export function asRoot(argv: Argv, timeoutSeconds: number): string {
  const timeout = ['timeout', '-k', String(killAfterSeconds), String(timeoutSeconds)];
  return marked(commandLine(['env', 'LC_ALL=C.UTF-8', 'sudo', '-n', ...timeout, ...argv]));
}

/** Lists what the user may do. sudo prints it as the user who asks, so no remote timeout stands before it. */
export const listRights = marked('env LC_ALL=C.UTF-8 sudo -n -l');

/**
 * The one line that sudoers needs. It equals root: whoever may run `timeout` as root may run anything with it. So does
 * every list of the commands of an upgrade (installing a package runs its scripts as root); a longer rule would only
 * look narrower.
 */
export function sudoRule(user: string): string {
  return `${user} ALL=(root) NOPASSWD: /usr/bin/timeout`;
}

/** `requiretty` was the RHEL family's default up to 7, and hardened machines still have it; a terminal would spoil bytes. */
const wantsTerminal = /^sudo: (?:sorry, )?you must have a tty/m;

/** Of sudo, and of sudo-rs, which Ubuntu has in its place since 25.10. */
const refusals = [
  /^sudo: a password is required/m,
  /^sudo: a terminal is required/m,
  wantsTerminal,
  /^sudo(?:-rs)?: interactive authentication is required/m,
  /^(?:sudo(?:-rs)?: )?I'm sorry \S+\. I'm afraid I can't do that/m,
  /^sorry, user \S+ (?:is not allowed|may not)/im,
  /^\S+ is not in the sudoers file/m,
  /^sudo: .*account validation failure/m,
  /^sudo: .*(?:unable to open|parse error|syntax error).*sudoers/m,
  /(?:^|: )sudo: (?:command )?not found/m,
  /^env: .sudo.: No such file or directory/m,
  /^sudo: timeout: command not found/m,
];

/** Whether sudo, not the command, has spoken: it refused to run it. */
export function refusedBySudo(code: number, stderr: string): boolean {
  return code !== 0 && refusals.some((pattern) => pattern.test(stderr));
}

/** The failure of a machine whose sudo does not let the bot work, with the rule to add. */
export function sudoRefused(machine: { name: string; user: string }, stderr: string): StepFailure {
  const rule = wantsTerminal.test(stderr) ? `Defaults:${machine.user} !requiretty` : sudoRule(machine.user);
  return new StepFailure(
    'sudo.refused',
    `sudo on ${machine.name} does not let ${machine.user} work. Add this line with ` +
      `"visudo -f /etc/sudoers.d/k8s-upgrade-bot": ${rule}`,
    {
      facts: { user: machine.user, rule },
      lastWords: stderr
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(-5),
    },
  );
}
