/** What can happen to the simulated world; a play asserts on these, so a kind is never renamed lightly. */
export type EffectKind =
  | 'cordon'
  | 'uncordon'
  | 'evict'
  | 'delete-pod'
  | 'patch'
  | 'repository-switch'
  | 'apt-update'
  | 'apt-install'
  | 'apt-hold'
  | 'apt-unhold'
  | 'dpkg-configure'
  | 'image-pull'
  | 'kubeadm-start'
  | 'kubeadm-end'
  | 'manifest-written'
  | 'static-pod-restart'
  | 'kubelet-start'
  | 'kubelet-stop'
  | 'unit-start'
  | 'unit-end'
  | 'etcd-leader'
  | 'etcd-snapshot'
  | 'etcd-restore'
  | 'etcd-downgrade'
  | 'addon-rollout'
  | 'reboot'
  | 'fault-on'
  | 'fault-off';

/** One effect. `what` is the whole of it in words, `subject` its object alone (a pod, a package with version …). */
export interface Effect {
  /** ISO 8601, the host's clock. */
  at: string;
  /** The node it happened to; empty for the cluster as a whole. */
  node: string;
  kind: EffectKind;
  subject: string;
  what: string;
}

/** The append-only list of everything that was done to the simulated cluster. */
export class Journal {
  readonly effects: Effect[] = [];
  readonly #listeners = new Set<(effect: Effect) => void>();

  record(node: string, kind: EffectKind, subject: string): void {
    const effect = { at: new Date().toISOString(), node, kind, subject, what: `${kind} ${subject}`.trim() };
    this.effects.push(effect);
    for (const listener of this.#listeners) listener(effect);
  }

  /** The effects of one kind, of one node where given. */
  of(kind: EffectKind, node?: string): Effect[] {
    return this.effects.filter(
      (effect) => effect.kind === kind && (node === undefined || effect.node === node),
    );
  }

  onEffect(listener: (effect: Effect) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
