import { z } from 'zod';
import { Addon, EtcdBackupCommand } from './addon.ts';
import { calendarShape } from './calendar.ts';
import { CustomCheck, FindingRule } from './finding-policy.ts';
import { Gate } from './gate.ts';
import { LabelSelector } from './label-selector.ts';
import { NodeName } from './names.ts';
import { MinorVersion } from './version.ts';
import { NodeChoice, WorkerPolicy } from './worker-policy.ts';

export { BatchSize } from './worker-policy.ts';

const allDifferent = (names: readonly string[]): boolean => new Set(names).size === names.length;

const AbsolutePath = z.string().regex(/^\/[A-Za-z0-9._/-]+$/, 'an absolute path');
const drainSeconds = z.number().int().min(10).max(86_400);
const graceSeconds = z.number().int().min(-1).max(3_600);
/** An annotation's or label's name (Kubernetes: "Labels and Selectors", syntax). */
const MetadataKey = z.string().regex(/^([a-z0-9.-]+\/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/);

/** Pods that leave a node before others. An entry without any condition stands for all that no other one takes. */
export const DrainGroup = z.strictObject({
  namespace: z.string().optional(),
  labelSelector: LabelSelector.optional(),
  priorityClass: z.string().optional(),
});
export type DrainGroup = z.infer<typeof DrainGroup>;

/** What the configuration allows for a cluster. Durations are in seconds: people write them in YAML. */
export const Policy = z.strictObject({
  workers: WorkerPolicy.prefault({}),
  nodes: NodeChoice.prefault({}),
  ...calendarShape,
  /** What has to be so before the run goes on, in the order in which it is asked at each place. */
  gates: z
    .array(Gate)
    .max(20)
    .refine((gates) => allDifferent(gates.flatMap(({ name }) => name ?? [])), {
      error: 'each gate needs a name of its own',
    })
    .default([]),
  drain: z
    .strictObject({
      /** How long a node may take to drain before the run halts. */
      timeoutSeconds: drainSeconds.default(1_800),
      /** After this long without progress a person is told what blocks. */
      patienceSeconds: z.number().int().min(5).max(86_400).default(300),
      /** Pods without a controller are gone for good when evicted; without this a node that has some is refused. */
      deleteUnmanagedPods: z.boolean().default(false),
      /** emptyDir data is lost with its pod; kubectl asks for --delete-emptydir-data. */
      deleteEmptyDirData: z.boolean().default(true),
      /** Overrules the pods' own termination grace period when it is 0 or more; −1 keeps it. */
      gracePeriodSeconds: graceSeconds.default(-1),
      /** Pods that were being deleted for longer than this are not waited for (kubectl's option of the name); 0: all are. */
      skipWaitForDeleteTimeoutSeconds: z.number().int().min(0).max(86_400).default(0),
      /** Where a namespace's pods need other times. */
      namespaces: z
        .record(
          z.string(),
          z.strictObject({
            timeoutSeconds: drainSeconds.optional(),
            gracePeriodSeconds: graceSeconds.optional(),
          }),
        )
        .default({}),
      /** Pods with this label or annotation set to `true` are let run to their end, for so long at most. */
      waitCompleted: z
        .strictObject({
          key: MetadataKey.default('k8s-upgrade-bot/wait-completed'),
          timeoutSeconds: z.number().int().min(10).max(604_800).default(3_600),
        })
        .prefault({}),
      /** Groups that leave one after the other; pods that are in none leave first, unless an entry without conditions is there. */
      order: z
        .array(DrainGroup)
        .max(20)
        .refine((groups) => groups.filter((group) => Object.keys(group).length === 0).length <= 1, {
          error: 'only one entry can stand for all the other pods',
        })
        .default([]),
      /** Where to look for who owns a pod: annotations, then labels, of the pod, then of its namespace; then here. */
      owners: z
        .strictObject({
          annotations: z.array(MetadataKey).default(['k8s-upgrade-bot/owner']),
          labels: z.array(MetadataKey).default(['team']),
          /** By namespace, for people: a name, `<@U0123ABCD>`, `<!subteam^S0123ABCD>`. */
          namespaces: z.record(z.string(), z.string()).default({}),
        })
        .prefault({}),
      /** Whether nodes still to do are tainted PreferNoSchedule, so that pods move only once. */
      markNextNodes: z.boolean().default(true),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** kubeadm waits up to 5 min for each of four components, twice; killing it earlier leaves half the work. */
      kubeadmSeconds: z.number().int().min(60).max(14_400).default(5_400),
      packagesSeconds: z.number().int().min(30).max(7_200).default(900),
      imagePullSeconds: z.number().int().min(30).max(7_200).default(1_200),
      nodeReadySeconds: z.number().int().min(10).max(3_600).default(300),
      controlPlaneReadySeconds: z.number().int().min(10).max(3_600).default(600),
      addonsSeconds: z.number().int().min(10).max(7_200).default(900),
      backupSeconds: z.number().int().min(10).max(7_200).default(600),
    })
    .prefault({}),
  retries: z
    .strictObject({
      /** Tries of one step for transient failures before the run halts. */
      attempts: z.number().int().min(1).max(50).default(8),
      firstDelaySeconds: z.number().min(0.01).max(600).default(5),
      longestDelaySeconds: z.number().min(0.01).max(3_600).default(120),
    })
    .prefault({}),
  kubeadm: z
    .strictObject({
      /** Preflight checks that kubeadm shall not fail for, by name; shown in the plan. */
      ignorePreflightErrors: z.array(z.string().regex(/^[A-Za-z0-9-]+$/)).default([]),
      /** A directory on the control planes with kubeadm patches; must be passed at every upgrade. */
      patchesDirectory: z
        .string()
        .regex(/^\/[A-Za-z0-9._/-]+$/)
        .optional(),
      /** Copies of each kind that stay in /etc/kubernetes/tmp; kubeadm itself never removes any. */
      keepCopies: z.number().int().min(1).max(100).default(3),
    })
    .prefault({}),
  etcd: z
    .strictObject({
      /** Takes the snapshot of an external etcd; a stacked one needs none. */
      backupCommand: EtcdBackupCommand.optional(),
      /** The control plane on which it runs; absent: the first by name. */
      backupNode: NodeName.optional(),
      /**
       * Restores snapshots, and must be of the minor of the etcd that will start on the data. Absent: etcdutl in the PATH
       * of the control planes, or an etcdctl of 3.5 there.
       */
      etcdutl: z
        .strictObject({
          /** On the control planes. */
          path: AbsolutePath.optional(),
          /** On the bot's machine, by etcd's minor, `3.5`: sent to a control plane that has none of that minor. */
          files: z.record(MinorVersion, AbsolutePath).optional(),
        })
        .optional(),
    })
    .prefault({}),
  /** What kubeadm does not upgrade, in the order in which it is taken at each moment. */
  addons: z
    .array(Addon)
    .max(50)
    .refine((addons) => new Set(addons.map(({ name }) => name)).size === addons.length, {
      error: 'each add-on needs a name of its own',
    })
    .default([]),
  /** Severities that are changed here, with reasons. */
  findings: z.array(FindingRule).max(100).default([]),
  /** What is asked beside the checks of the bot itself. */
  checks: z
    .array(CustomCheck)
    .max(50)
    .refine((checks) => allDifferent(checks.map(({ name }) => name)), {
      error: 'each check needs a name of its own',
    })
    .default([]),
  reminders: z
    .strictObject({
      /** How often the people whom a run waits for are called again. */
      everyMinutes: z.number().int().min(1).max(1_440).default(60),
    })
    .prefault({}),
  approvals: z
    .strictObject({
      needed: z.number().int().min(1).max(5).default(1),
      /** Whether the person who asked for the plan may be one of the approvers. */
      requesterCounts: z.boolean().default(false),
      expireAfterMinutes: z.number().int().min(1).max(10_080).default(60),
    })
    .prefault({}),
});
export type Policy = z.infer<typeof Policy>;
