import { z } from 'zod';
import { StepFailure } from '../domain/failure.ts';
import type { Certificate } from '../domain/snapshot.ts';
import { type Reader, readText } from '../node/command.ts';

const Entry = z.object({
  name: z.string(),
  /** null where the file is missing: super-admin.conf is only on the control plane that ran `kubeadm init`. */
  expirationDate: z
    .string()
    .nullish()
    .transform((date) => date ?? ''),
  missing: z.boolean().default(false),
});

/** output.kubeadm.k8s.io CertificateExpirationInfo; empty lists are null. */
const ExpirationInfo = z.object({
  kind: z.literal('CertificateExpirationInfo'),
  certificates: z.array(Entry).nullish(),
  certificateAuthorities: z.array(Entry).nullish(),
});

/** The certificates of a control plane by `kubeadm certs check-expiration`. Throws StepFailure. */
export async function readCertificates(host: Reader): Promise<Certificate[]> {
  const output = await readText(host, ['kubeadm', 'certs', 'check-expiration', '-o', 'json'], {
    purpose: 'asking kubeadm about its certificates',
    timeoutSeconds: 60,
  });
  const certificates = parseExpirationInfo(output);
  if (!certificates) {
    const message = `${host.node}: kubeadm's list of certificates could not be understood.`;
    throw new StepFailure('command.failed', message, { facts: { node: host.node } });
  }
  return certificates.map((certificate) => ({ node: host.node, ...certificate }));
}

/** Names and expiry of what is there; undefined for something else than kubeadm's list. */
export function parseExpirationInfo(output: string): Omit<Certificate, 'node'>[] | undefined {
  // Some releases of kubeadm print "[check-expiration] Reading configuration …" before it.
  const start = output.indexOf('{');
  let value: unknown;
  try {
    value = JSON.parse(output.slice(Math.max(start, 0)));
  } catch {
    return undefined;
  }
  const info = ExpirationInfo.safeParse(value);
  if (!info.success) return undefined;
  const { certificates, certificateAuthorities } = info.data;
  return [...(certificates ?? []), ...(certificateAuthorities ?? [])]
    .filter(({ missing, expirationDate }) => !missing && !Number.isNaN(Date.parse(expirationDate)))
    .map(({ name, expirationDate }) => ({ name, expiresAt: expirationDate }));
}
