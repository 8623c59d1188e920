import { stringify } from 'yaml';

import type { ClusterCertificates } from './certificates.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig for the load balancer, with one more cluster per control plane (`NAME-cp-1`) to speak to it alone. */
export function kubeconfig(
  name: string,
  port: number,
  endpoints: { node: string; port: number }[],
  certificates: ClusterCertificates,
): string {
  const cluster = (server: string) => ({ server, 'certificate-authority-data': base64(certificates.ca) });
  const context = (of: string) => ({ name: of, context: { cluster: of, user: 'admin' } });
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      { name, cluster: cluster(`https://127.0.0.1:${port}`) },
      ...endpoints.map((endpoint) => ({
        name: `${name}-${endpoint.node}`,
        cluster: cluster(`https://127.0.0.1:${endpoint.port}`),
      })),
    ],
    contexts: [context(name), ...endpoints.map(({ node }) => context(`${name}-${node}`))],
    users: [
      {
        name: 'admin',
        user: {
          'client-certificate-data': base64(certificates.admin.certificate),
          'client-key-data': base64(certificates.admin.key),
        },
      },
    ],
  });
}
