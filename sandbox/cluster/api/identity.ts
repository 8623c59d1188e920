import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

import { ApiError, unauthorized } from './errors.ts';

const publicPaths = /^\/(healthz|livez|readyz|version)(\/|$)/;

/** Who asks: the common name of a client certificate, a bearer token's user, or nobody for the public paths. */
export function authenticate(
  request: IncomingMessage,
  path: string,
  tokens: ReadonlyMap<string, string>,
): string {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer (.+)$/.exec(authorization)?.[1];
    const user = token === undefined ? undefined : tokens.get(token);
    if (user === undefined) throw unauthorized();
    return user;
  }
  const socket = request.socket as TLSSocket;
  if (socket.authorized) {
    const { subject } = socket.getPeerCertificate();
    if (subject?.CN !== undefined) return String(subject.CN);
  }
  if (publicPaths.test(path)) return 'system:anonymous';
  throw new ApiError(
    403,
    'Forbidden',
    `forbidden: User "system:anonymous" cannot ${request.method?.toLowerCase() ?? 'get'} path "${path}"`,
    {},
  );
}
