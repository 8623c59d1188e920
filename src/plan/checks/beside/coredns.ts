import semver from 'semver';
import { minorNumber } from '../../../domain/version.ts';
import { coreDnsOfMinor, migratedFrom } from '../../data/coredns.ts';
import { imageParts } from '../../image.ts';
import { pendingNodes } from '../../nodes/pending.ts';
import { controlPlanesOf } from '../../running.ts';
import { hopsOf } from '../../way/hops.ts';
import { type Check, when } from '../check.ts';

/** Preflight checks of kubeadm that fail for a CoreDNS which it cannot migrate from. */
const preflight = ['CoreDNSMigration', 'CoreDNSUnsupportedPlugins'];

/**
 * Whether kubeadm can take CoreDNS on from where it is: `upgrade apply` refuses in its preflight for a version that its
 * library does not know, and for one that is newer than its own.
 */
export const checkCoreDns: Check = (snapshot, intent, { kubeadm }) => {
  const { coreDnsImage } = snapshot.addons;
  const [hop] = hopsOf(snapshot, intent);
  const brings = coreDnsOfMinor[minorNumber(hop)];
  const controlPlanes = new Set(controlPlanesOf(snapshot));
  const applies = pendingNodes(snapshot, intent.target).some((node) => controlPlanes.has(node));
  if (coreDnsImage === undefined || brings === undefined || !applies) return [];
  const running = imageParts(coreDnsImage).tag.replace(/^v/, '');
  const isRelease = semver.valid(running) === running;
  const isNewer = isRelease && semver.gt(running, brings);
  const newestKnown = migratedFrom.at(-1) ?? brings;
  const isKnown = migratedFrom.includes(running) || (isRelease && semver.gt(running, newestKnown));
  const ignored = preflight.every((name) => kubeadm.ignorePreflightErrors.includes(name));
  return when(isNewer || (!isKnown && running !== brings), () => ({
    code: 'addons.coredns-unsupported',
    severity: ignored ? 'warning' : 'blocker',
    objects: [{ kind: 'Deployment', namespace: 'kube-system', name: 'coredns' }],
    summary: isNewer
      ? `CoreDNS ${running} is newer than the ${brings} that kubeadm ${hop} brings, which ${ignored ? 'takes it back' : 'its preflight refuses'}.`
      : `CoreDNS ${running || coreDnsImage} is no release that kubeadm ${hop} can migrate from${ignored ? '' : ', so its preflight refuses'}.`,
    facts: { image: coreDnsImage, brings },
    remedy: ignored
      ? 'See that the Corefile has nothing that the other version does not know.'
      : `Put CoreDNS on ${brings}, or set policy.kubeadm.ignorePreflightErrors to ${preflight.join(' and ')} and have CoreDNS looked after by policy.addons.`,
  }));
};
