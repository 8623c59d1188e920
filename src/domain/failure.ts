import { z } from 'zod';
import { NodeName } from './names.ts';

/**
 * Everything that can go wrong in a step, by name. Each has a page in docs/runbooks/<code>.md; a test holds that.
 * `transient` is tried again by itself after a while; `halt` stops the run until a person decides.
 */
export const failureCodes = {
  'plan.drifted': 'halt',
  'kubernetes.unavailable': 'transient',
  'kubernetes.refused': 'halt',
  'metrics.unavailable': 'transient',
  'metrics.refused': 'halt',
  'ssh.unreachable': 'transient',
  'ssh.host-key-unknown': 'halt',
  'ssh.host-key-changed': 'halt',
  'ssh.host-key-revoked': 'halt',
  'ssh.authentication-failed': 'halt',
  'ssh.shell-unfit': 'halt',
  'sudo.refused': 'halt',
  'command.failed': 'halt',
  'command.timed-out': 'halt',
  'command.still-running': 'halt',
  'command.stopped': 'halt',
  'command.outcome-unknown': 'transient',
  'packages.locked': 'transient',
  'packages.repository-unreachable': 'transient',
  'packages.repository-key-expired': 'halt',
  'packages.repository-not-found': 'halt',
  'packages.version-missing': 'halt',
  'packages.interrupted': 'transient',
  'packages.install-failed': 'halt',
  'node.disk-full': 'halt',
  'node.not-ready': 'halt',
  'node.kubelet-not-ready': 'halt',
  'node.cordoned-by-others': 'halt',
  'images.pull-failed': 'transient',
  'drain.refused': 'halt',
  'drain.pdb-blocked': 'halt',
  'drain.pod-stuck': 'halt',
  'drain.eviction-failed': 'halt',
  'drain.abandoned': 'halt',
  'kubeadm.manifest-missing': 'halt',
  'kubeadm.preflight-failed': 'halt',
  'kubeadm.upgrade-failed': 'halt',
  'kubeadm.etcd-rolled-back': 'halt',
  'kubeadm.cri-socket-missing': 'halt',
  'kubeadm.credentials-refused': 'halt',
  'certificates.expired': 'halt',
  'control-plane.not-ready': 'halt',
  'control-plane.version-mismatch': 'halt',
  'etcd.unhealthy': 'halt',
  'etcd.learner-present': 'halt',
  'etcd.leader-not-moved': 'transient',
  'etcd.downgrade-refused': 'halt',
  'etcd.tool-missing': 'halt',
  'etcd.restore-failed': 'halt',
  'static-pods.not-stopped': 'halt',
  'backup.failed': 'transient',
  'backup.corrupt': 'halt',
  'addons.not-rolled-out': 'halt',
  'addons.command-failed': 'halt',
  'addons.not-verified': 'halt',
  'addons.manifest-changed': 'halt',
  'cluster.not-at-version': 'halt',
  'workers.too-many-unavailable': 'halt',
  'soak.not-ready': 'halt',
  'gate.closed': 'halt',
  'configuration.node-unknown': 'halt',
  'internal.unexpected': 'halt',
} as const satisfies Record<string, 'transient' | 'halt'>;

export const FailureCode = z.enum(Object.keys(failureCodes) as [keyof typeof failureCodes]);
export type FailureCode = keyof typeof failureCodes;

/** An act that outlived its wait: enough to find it again, on whichever machine the bot then runs. */
export const RunningAct = z.strictObject({
  node: NodeName,
  base: z.string(),
  attempt: z.number().int().min(1),
});
export type RunningAct = z.infer<typeof RunningAct>;

/** A failure as it is stored, shown and reported: plain data. */
export const Failure = z.strictObject({
  code: FailureCode,
  /** One sentence for a person: what did not happen, where. */
  message: z.string(),
  facts: z.record(z.string(), z.string()),
  /** The last lines that the failing command printed, oldest first, masked and bounded. */
  lastWords: z.array(z.string()),
  retry: z.enum(['transient', 'halt']),
  /** The act that goes on: a person may wait for it or have it stopped. */
  act: RunningAct.optional(),
});
export type Failure = z.infer<typeof Failure>;

/**
 * Thrown by ports and steps; the only error that the executor understands. Everything else becomes
 * `internal.unexpected`, which halts.
 */
export class StepFailure extends Error {
  readonly code: FailureCode;
  readonly facts: Record<string, string>;
  readonly lastWords: readonly string[];
  readonly retry: 'transient' | 'halt';
  readonly act: RunningAct | undefined;

  /**
   * @param message one sentence for a person
   * @param details facts that were seen; `retry` overrules the code's own way of being retried
   */
  constructor(
    code: FailureCode,
    message: string,
    details: {
      facts?: Record<string, string>;
      lastWords?: readonly string[];
      retry?: 'transient' | 'halt';
      act?: RunningAct;
      cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'StepFailure';
    this.code = code;
    this.facts = details.facts ?? {};
    this.lastWords = details.lastWords ?? [];
    this.retry = details.retry ?? failureCodes[code];
    this.act = details.act;
  }

  toFailure(): Failure {
    return {
      code: this.code,
      message: this.message,
      facts: this.facts,
      lastWords: [...this.lastWords],
      retry: this.retry,
      ...(this.act === undefined ? {} : { act: this.act }),
    };
  }
}

/** Any thrown value as a Failure. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof StepFailure) return thrown.toFailure();
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'internal.unexpected',
    message: `The bot met an error that it does not know: ${message}`,
    facts: {},
    lastWords: [],
    retry: 'halt',
  };
}
