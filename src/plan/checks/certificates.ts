import type { Certificate, Snapshot } from '../../domain/snapshot.ts';
import { count, listOf } from '../text.ts';
import { type Check, when } from './check.ts';

const day = 24 * 3_600 * 1_000;
const soonDays = 30;

/** Authorities live ten years; kubeadm upgrade renews what they signed, never themselves. */
const isAuthority = ({ name }: Certificate) => /(^|-)ca$/.test(name);

/** A kubelet has its certificate renewed when 70 to 90 % of its life are over (client-go, util/certificate). */
const lastPartOfLife = 0.1;

/** Kubelets' certificates that have expired, and those that should have been renewed by now. */
function kubeletsOf(snapshot: Snapshot): { expired: Certificate[]; late: Certificate[] } {
  const now = Date.parse(snapshot.takenAt);
  const told = snapshot.nodes.flatMap(({ name, host }) => {
    const held = host.status === 'reached' ? host.machine?.kubeletCertificate : undefined;
    if (held === undefined) return [];
    const [from, to] = [Date.parse(held.from), Date.parse(held.to)];
    const isLate = to - now < lastPartOfLife * (to - from);
    return [{ node: name, name: 'kubelet-client', expiresAt: held.to, isExpired: to <= now, isLate }];
  });
  const chosen = (of: typeof told) => of.map(({ node, name, expiresAt }) => ({ node, name, expiresAt }));
  return {
    expired: chosen(told.filter(({ isExpired }) => isExpired)),
    late: chosen(told.filter(({ isExpired, isLate }) => isLate && !isExpired)),
  };
}

/** Certificates that have expired (nothing can be upgraded through them) or will within 30 days of the snapshot. */
export const checkCertificates: Check = (snapshot) => {
  const now = Date.parse(snapshot.takenAt);
  const left = (certificate: Certificate) => Math.floor((Date.parse(certificate.expiresAt) - now) / day);
  const expired = snapshot.certificates.filter((certificate) => Date.parse(certificate.expiresAt) <= now);
  const soon = snapshot.certificates.filter(
    (certificate) => !expired.includes(certificate) && left(certificate) < soonDays,
  );
  const told = (certificates: readonly Certificate[]) =>
    listOf(certificates.map(({ name, node }) => `${name} on ${node}`));
  const objects = (certificates: readonly Certificate[]) =>
    certificates.map(({ name, node }) => ({ kind: 'Certificate', namespace: node, name }));
  const facts = (certificates: readonly Certificate[]) =>
    Object.fromEntries(certificates.map(({ node, name, expiresAt }) => [`${node}/${name}`, expiresAt]));
  const authorities = soon.filter(isAuthority);
  const renewed = soon.filter((certificate) => !isAuthority(certificate));
  const days = (certificates: readonly Certificate[]) => Math.min(...certificates.map(left));
  const kubelets = kubeletsOf(snapshot);
  return [
    ...when(expired.length > 0, () => ({
      code: 'certificates.expired',
      severity: 'blocker' as const,
      objects: objects(expired),
      summary: `Expired: ${told(expired)}.`,
      facts: facts(expired),
      remedy: expired.some(isAuthority)
        ? 'An authority has expired: everything it signed must be made anew by hand (kubeadm init phase certs).'
        : 'Renew with `kubeadm certs renew all` there, restart the static pods, then plan again.',
    })),
    ...when(authorities.length > 0, () => ({
      code: 'certificates.authority-expiring',
      severity: 'warning' as const,
      objects: objects(authorities),
      summary: `Authorities expire in ${days(authorities)} days or a little later: ${told(authorities)}.`,
      facts: facts(authorities),
      remedy: 'An upgrade does not renew authorities: rotate them by hand, soon.',
    })),
    ...when(renewed.length > 0, () => ({
      code: 'certificates.expiring',
      severity: 'warning' as const,
      objects: objects(renewed),
      summary: `Certificates expire in ${days(renewed)} days or a little later: ${told(renewed)}.`,
      facts: facts(renewed),
      remedy:
        'A control plane that gets a turn renews its own; for the others run `kubeadm certs renew all` there.',
    })),
    ...when(kubelets.expired.length > 0, () => ({
      code: 'certificates.expired',
      severity: 'blocker' as const,
      objects: objects(kubelets.expired),
      summary: `Expired: ${told(kubelets.expired)}; the kubelet is a stranger to the API server.`,
      facts: facts(kubelets.expired),
      remedy: 'Give it a new kubelet.conf (`kubeadm kubeconfig user`, see the runbook), then plan again.',
    })),
    ...when(kubelets.late.length > 0, () => ({
      code: 'certificates.expiring',
      severity: 'warning' as const,
      objects: objects(kubelets.late),
      summary: `Kubelets have not renewed their certificate, though it was time: ${told(kubelets.late)}, ${count(Math.max(0, days(kubelets.late)), 'day')} left.`,
      facts: facts(kubelets.late),
      remedy:
        'No upgrade renews it. See whether rotateCertificates is on and `kubectl get csr` shows requests that wait for approval.',
    })),
  ];
};
