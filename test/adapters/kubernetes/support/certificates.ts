// x509's dependency injection wants this loaded before it.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A server's certificate and key for 127.0.0.1 and localhost, PEM. */
  issue(options?: { expired?: boolean; names?: readonly string[] }): Promise<{ cert: string; key: string }>;
}

/** A certificate authority of its own for one test file. */
export async function createAuthority(name: string): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const hour = 3_600_000;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore: new Date(Date.now() - 48 * hour),
    notAfter: new Date(Date.now() + 48 * hour),
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  return {
    certificate: root.toString('pem'),
    async issue({ expired = false, names = ['127.0.0.1', 'localhost'] } = {}) {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: 'CN=kube-apiserver',
        issuer: root.subject,
        notBefore: new Date(Date.now() - 24 * hour),
        notAfter: new Date(Date.now() + (expired ? -hour : 24 * hour)),
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
          ),
        ],
      });
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
    },
  };
}
