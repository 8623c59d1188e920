import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteHosts } from '../../../../src/adapters/ssh/remote-hosts.ts';
import type { Act, RemoteHost } from '../../../../src/ports/remote-host.ts';
import { eventually } from '../../../support/eventually.ts';
import { hostsOn, lab, node } from './hosts.ts';
import type { Sshd } from './sshd.ts';

/** What one test does acts with: a base of its own, so that tests can share a machine. */
export interface Scene {
  readonly hosts: RemoteHosts;
  readonly host: RemoteHost;
  base(): string;
  /** An act whose every run leaves a line that timesRun counts. */
  act(script: string, more?: Partial<Act>): Act;
  /** An act that says "begun", runs until letGo, says "ended" and exits 5. */
  patient(more?: Partial<Act>): Act;
  timesRun(): Promise<number>;
  begun(): Promise<void>;
  letGo(): Promise<void>;
  /** A file of the record of an attempt. */
  at(attempt: number, name: string): string;
  runScript(path: string): Promise<void>;
  [Symbol.dispose](): void;
}

let scenes = 0;

export function sceneOn(sshd: Sshd): Scene {
  scenes += 1;
  const number = scenes;
  const hosts = hostsOn(sshd);
  const host = hosts.hostOf(lab, node);
  const ran = join(sshd.directory, `ran-${number}`);
  const goOn = join(sshd.directory, `go-on-${number}`);
  const base = () => `scene${number}-step`;
  const timesRun = async () => (await readFile(ran, 'utf8').catch(() => '')).split('\n').length - 1;
  const act = (script: string, more: Partial<Act> = {}): Act => ({
    base: base(),
    attempt: 1,
    argv: ['sh', '-c', `echo ran >>${ran}; ${script}`],
    waitSeconds: 15,
    ...more,
  });
  return {
    hosts,
    host,
    base,
    act,
    timesRun,
    patient: (more) =>
      act('echo begun; until [ -e "$GO_ON" ]; do sleep 0.05; done; echo ended; exit 5', {
        environment: { GO_ON: goOn },
        ...more,
      }),
    async begun() {
      await eventually(async () => (await timesRun()) > 0, 'the act begins');
    },
    letGo: () => writeFile(goOn, ''),
    at: (attempt, name) => join(sshd.state, base(), String(attempt), name),
    async runScript(path) {
      await host.read(['sh', path]);
    },
    [Symbol.dispose]: () => hosts.close(),
  };
}
