import { webcrypto } from 'node:crypto';

// oxlint-disable-next-line import/no-unassigned-import -- x509's dependency injection wants it loaded first
import 'reflect-metadata';

import * as x509 from '@peculiar/x509';

export interface KeyPair {
  certificate: string;
  key: string;
}

export interface ClusterCertificates {
  ca: string;
  serving: KeyPair;
  admin: KeyPair;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const year = 365 * 24 * 3_600_000;

/** A fresh CA with a serving certificate for loopback and the control planes' names, and an admin client certificate. */
export async function clusterCertificates(
  names: string[],
  addresses: string[],
): Promise<ClusterCertificates> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const caKeys = await keys();
  const validity = {
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 10 * year),
  };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=kubernetes',
    ...validity,
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const leaf = async (
    serialNumber: string,
    subject: string,
    usage: string,
    more: x509.Extension[],
  ): Promise<KeyPair> => {
    const pair = await keys();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject,
      issuer: ca.subject,
      notBefore: validity.notBefore,
      notAfter: new Date(Date.now() + year),
      signingAlgorithm: algorithm,
      publicKey: pair.publicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        ...more,
      ],
    });
    return { certificate: `${certificate.toString('pem')}\n`, key: await exported(pair.privateKey) };
  };
  const alternatives = new x509.SubjectAlternativeNameExtension([
    ...['localhost', 'kubernetes', 'kubernetes.default', 'k8s-api', ...names].map((value) => ({
      type: 'dns' as const,
      value,
    })),
    ...['127.0.0.1', '10.96.0.1', ...addresses].map((value) => ({ type: 'ip' as const, value })),
  ]);
  return {
    ca: `${ca.toString('pem')}\n`,
    serving: await leaf('02', 'CN=kube-apiserver', x509.ExtendedKeyUsage.serverAuth, [alternatives]),
    admin: await leaf(
      '03',
      'CN=kubernetes-admin, O=kubeadm:cluster-admins',
      x509.ExtendedKeyUsage.clientAuth,
      [],
    ),
  };
}

async function keys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exported(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${(der.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`;
}
