import { z } from 'zod';
import { Addon, EtcdBackupCommand } from './addon.ts';
import { NodeName } from './names.ts';

/** How many workers are taken at the same time: a number, or a share of all workers. */
export const BatchSize = z.union([
  z.number().int().min(1).max(100),
  z.string().regex(/^([1-9]|[1-9][0-9]|100)%$/, 'a whole number of nodes, or a share such as 10%'),
]);
export type BatchSize = z.infer<typeof BatchSize>;

/** What the configuration allows for a cluster. Durations are in seconds: people write them in YAML. */
export const Policy = z.strictObject({
  workers: z
    .strictObject({
      /** Workers taken alone, before the others, to find out cheaply. */
      canary: z.number().int().min(0).max(10).default(1),
      batch: BatchSize.default(1),
    })
    .prefault({}),
  drain: z
    .strictObject({
      /** How long a node may take to drain before the run halts. */
      timeoutSeconds: z.number().int().min(10).max(86_400).default(1_800),
      /** After this long without progress a person is told what blocks. */
      patienceSeconds: z.number().int().min(5).max(86_400).default(300),
      /** Pods without a controller are gone for good when evicted; without this a node that has some is refused. */
      deleteUnmanagedPods: z.boolean().default(false),
      /** emptyDir data is lost with its pod; kubectl asks for --delete-emptydir-data. */
      deleteEmptyDirData: z.boolean().default(true),
      /** Overrules the pods' own termination grace period when it is 0 or more; −1 keeps it. */
      gracePeriodSeconds: z.number().int().min(-1).max(3_600).default(-1),
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
