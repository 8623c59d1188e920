import type { Certificate } from '../../domain/snapshot.ts';
import { listOf } from '../text.ts';
import { type Check, when } from './check.ts';

const day = 24 * 3_600 * 1_000;
const soonDays = 30;

/** Authorities live ten years; kubeadm upgrade renews what they signed, never themselves. */
const isAuthority = ({ name }: Certificate) => /(^|-)ca$/.test(name);

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
  ];
};
