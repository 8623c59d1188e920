import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createBackupStore } from '../../../src/adapters/backup/backup-store.ts';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { openRunStore } from '../../../src/adapters/sqlite/run-store.ts';
import type { RemoteHosts } from '../../../src/adapters/ssh/remote-hosts.ts';
import type { Choice } from '../../../src/domain/event.ts';
import { instant, RunId } from '../../../src/domain/names.ts';
import { Plan } from '../../../src/domain/plan.ts';
import { hasEnded, type Run } from '../../../src/domain/run.ts';
import type { StepKind } from '../../../src/domain/step.ts';
import type { Kubernetes } from '../../../src/ports/kubernetes.ts';
import { createExecutor } from '../../../src/run/executor/executor.ts';
import { appendEvents } from '../../../src/run/record/journal.ts';
import { newRun } from '../../../src/run/record/new-run.ts';
import { stepHandlers } from '../../../src/steps/index.ts';
import { amir, channel, dana, samplePlan, sampleStep } from '../../support/sample-plan.ts';
import { silentLog } from '../../support/silent-log.ts';
import { lab, nameOf } from './hosts.ts';
import type { LabNode } from './node.ts';
import { until } from './shell.ts';

/** A run of one node's turn, driven by the executor with the handlers of all steps over real SSH. */
export interface LabRun {
  /** Waits for the run to be so. */
  readonly until: (what: string, holds: (run: Run) => boolean) => Promise<Run>;
  readonly ended: () => Promise<Run>;
  /** Waits until it has halted with a failure. */
  readonly halted: (code: string) => Promise<Run>;
  readonly choose: (choice: Choice) => Promise<void>;
  /** Ends the process, in a manner of speaking, and lets the next one take the run up. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** @param patienceSeconds the longest that an act is waited for, whatever policy says: minutes at least */
export async function startRun(options: {
  id: string;
  node: LabNode;
  hosts: RemoteHosts;
  kubernetes: Kubernetes;
  kinds: readonly StepKind[];
  patienceSeconds?: number;
}): Promise<LabRun> {
  const { hosts, node, patienceSeconds = 90 } = options;
  const id = RunId.parse(options.id);
  const directory = await mkdtemp(join(inject('scratch'), 'run-'));
  const store = openRunStore(join(directory, 'bot.sqlite'), systemClock);
  const backups = createBackupStore({ directory: join(directory, 'backups'), keep: 3 });
  const plan = planFor(node, options.kinds);
  const proposal = { id, plan, requestedBy: dana, channel, now: Date.now(), expireAfterMinutes: 60 };
  const { run, events } = newRun(proposal);
  await store.create(run, events);
  const at = instant(Date.now());
  await appendEvents(store, id, () => [
    { kind: 'approval-given', at, by: amir, digest: plan.digest },
    { kind: 'run-approved', at },
  ]);

  const begin = async () => {
    const executor = createExecutor({
      store,
      clock: systemClock,
      log: silentLog,
      upkeep: hosts,
      handlers: stepHandlers({
        kubernetesOf: () => options.kubernetes,
        remoteHostOf(cluster, name) {
          const host = hosts.hostOf(cluster, name);
          const hurried = (seconds: number) => Math.min(seconds, patienceSeconds);
          return {
            ...host,
            act: (act, ...rest) => host.act({ ...act, waitSeconds: hurried(act.waitSeconds) }, ...rest),
          };
        },
        backups,
        localFiles: { readText: async () => undefined },
        metricsOf: () => undefined,
        clock: systemClock,
        driftSince: async () => undefined,
      }),
      owner: 'lab',
      random: () => 0.5,
      knows: () => true,
      onCommit: () => undefined,
    });
    await executor.start();
    return executor;
  };
  let executor = await begin();

  const untilSo: LabRun['until'] = (what, holds) =>
    until(
      what,
      async () => {
        const present = await store.load(id);
        return present && holds(present) ? present : undefined;
      },
      { withinMs: 180_000 },
    );
  return {
    until: untilSo,
    ended: () => untilSo('the run to end', hasEnded),
    halted: (code) => untilSo(`it to halt with ${code}`, ({ halt }) => halt?.failure.code === code),
    async choose(choice) {
      const now = instant(Date.now());
      await appendEvents(store, id, ({ halt }) =>
        halt ? [{ kind: 'decision-made', at: now, by: dana, choice, step: halt.step }] : [],
      );
      executor.wake(id);
    },
    async restart() {
      await executor.stop();
      executor = await begin();
    },
    async stop() {
      await executor.stop();
      await store.close();
    },
  };
}

function planFor(node: LabNode, kinds: readonly StepKind[]): Plan {
  const plan = samplePlan({ retries: { attempts: 20, firstDelaySeconds: 0.2, longestDelaySeconds: 1 } });
  const turn = {
    subject: { kind: 'node', node: nameOf(node) },
    reason: 'because the test says so',
    steps: kinds.map((kind) => sampleStep(kind, node.name)),
  };
  return Plan.parse({ ...plan, cluster: lab, phases: [{ kind: 'workers', batches: [{ turns: [turn] }] }] });
}
