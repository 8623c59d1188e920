import { z } from 'zod';
import { PlainCommand } from './addon.ts';
import { Severity } from './finding.ts';

/**
 * Findings that nobody may lower, each with what would come of it. They say that the upgrade cannot go well, or that what
 * it would break cannot be put back.
 */
export const safetyCritical: Readonly<Record<string, string>> = {
  'skew.other-major': 'nothing here knows that way',
  'skew.downgrade': 'kube-apiserver may not be able to read what a newer one has written',
  'skew.patch-downgrade': 'an upgrade has no way back in it',
  'skew.minor-skipped': 'kube-apiserver supports no way over two minors, and kubeadm refuses it',
  'skew.api-servers-apart': 'API servers two minors apart corrupt what they share',
  'skew.half-finished-upgrade': 'a half-done upgrade that is not finished first is lost track of',
  'skew.kubelet-too-old': 'such a kubelet would no longer be able to work with its API server',
  'skew.kubelet-newer-than-target': 'a kubelet may not be newer than its API server',
  'control-plane.none': 'there is nothing that could be upgraded',
  'control-plane.component-unseen': 'kubeadm takes such a node for a worker, or waits until it gives up',
  'kubeadm.manifest-missing': 'kubeadm takes such a node for a worker and reports success',
  'kubeadm.config-unusable': 'kubeadm cannot work without its configuration',
  'etcd.unhealthy': 'the restart of one more member would take the quorum away',
  'etcd.alarm': 'etcd takes no writes, or its data is not what it was',
  'etcd.no-quorum-margin': 'the restart of one more member would take the quorum away',
  'etcd.no-leader': 'etcd takes no writes, so nothing could be upgraded',
  'etcd.learner-present': 'kubeadm does not upgrade an etcd whose member is still learning',
  'certificates.expired': 'components that restart would no longer be let in',
  'crd.stored-version-gone': 'objects that no API server can read are lost with the next rewrite',
  'addons.manifest-missing': 'a step of the plan would have nothing to apply',
  'configuration.node-unknown': 'a step of the plan would have no node to run on',
};

/** A day, from whose end on a lowering no longer holds. */
const Day = z.iso.date();

/** Changes the severity of a finding. Lowering needs a day on which it ends; a finding is never left out. */
export const FindingRule = z
  .strictObject({
    code: z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'the code of a finding, as pdb.blocks-now'),
    /** Only where the finding's first object has this name; `namespace/name` for what lives in one. */
    object: z.string().min(1).optional(),
    severity: Severity,
    /** Shown wherever the finding is. */
    reason: z.string().min(3).max(300),
    until: Day.optional(),
  })
  .superRefine(({ code, severity, until }, context) => {
    const why = safetyCritical[code];
    if (why !== undefined && severity !== 'blocker') {
      context.addIssue({ code: 'custom', path: ['code'], message: `${code} is never lowered: ${why}` });
    }
    if (severity === 'info' && until === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['until'],
        message: 'a lowering needs the day on which it ends',
      });
    }
  });
export type FindingRule = z.infer<typeof FindingRule>;

const check = {
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
  severity: Severity.default('blocker'),
  /** What people are told to do where it fails. */
  remedy: z.string().min(3).max(500),
};

/** A check of one's own, asked whenever a plan is made. */
export const CustomCheck = z.union(
  [
    /** Runs as root on the first control plane that answers, with KUBECONFIG set, and changes nothing; 0 means all is well. */
    z.strictObject({
      ...check,
      command: PlainCommand,
      timeoutSeconds: z.number().int().min(1).max(120).default(30),
    }),
    /** All is well where the expression gives at least one sample, and none that is 0 or NaN. */
    z.strictObject({ ...check, promql: z.string().min(1).max(4_000) }),
  ],
  { error: 'a name, a remedy and either command (words) or promql' },
);
export type CustomCheck = z.infer<typeof CustomCheck>;
