import { X509Certificate } from 'node:crypto';
import type { MachineFacts } from '../domain/machine-facts.ts';
import { bodyOf, type Section } from './sections.ts';

/**
 * The certificate by which the kubelet is known to the API server, without its key. `kubeadm certs check-expiration` does
 * not know it: the kubelet has it renewed by itself, and where that fails nobody hears of it until it has expired.
 */
export const kubeletCertificateScript = [
  'section kubelet-certificate',
  'file=$(sed -n "s/^ *client-certificate: *//p" /etc/kubernetes/kubelet.conf 2>/dev/null | head -n 1)',
  'sed -n "/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p" "${file:-/var/lib/kubelet/pki/kubelet-client-current.pem}" 2>/dev/null',
];

/** How long it holds, as ISO 8601; undefined where there is none that can be read. */
export function kubeletCertificateIn(sections: readonly Section[]): MachineFacts['kubeletCertificate'] {
  const text = bodyOf(sections, 'kubelet-certificate');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) return undefined;
  try {
    const { validFrom, validTo } = new X509Certificate(text);
    return { from: new Date(validFrom).toISOString(), to: new Date(validTo).toISOString() };
  } catch {
    return undefined;
  }
}
