import { forms, listOf } from '../text.ts';
import { type Check, when } from './check.ts';

/** What kubeadm is told not to fail for: whoever approves is to see it, by name. */
export const checkKubeadmOptions: Check = (_snapshot, _intent, { kubeadm }) => {
  const ignored = kubeadm.ignorePreflightErrors.toSorted();
  return when(ignored.length > 0, () => ({
    code: 'kubeadm.preflight-ignored',
    severity: 'warning',
    objects: ignored.map((name) => ({ kind: 'PreflightCheck', name })),
    summary: `kubeadm will go on whatever its preflight ${forms(ignored, 'check', 'checks')} ${listOf(ignored)} ${forms(ignored, 'says', 'say')}.`,
    facts: { ignored: ignored.join(', ') },
    remedy: 'Take what is not needed any more out of policy.kubeadm.ignorePreflightErrors.',
  }));
};
