import type { WorkspaceState } from '../state/workspace-state.ts';
import { ApiError } from './api-error.ts';
import type { Arguments } from './arguments.ts';
import type { Method } from './method.ts';

/** The token: from the Authorization header, else the `token` argument. */
export function tokenOf(authorization: string | undefined, args: Arguments): string | undefined {
  return /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? args.text('token');
}

/** @throws ApiError not_authed, invalid_auth, not_allowed_token_type or missing_scope. */
export function authorise(
  method: Method,
  token: string | undefined,
  { credentials, app }: Pick<WorkspaceState, 'credentials' | 'app'>,
): void {
  if (token === undefined) throw new ApiError('not_authed');
  const kind = token === credentials.botToken ? 'bot' : token === credentials.appToken ? 'app' : undefined;
  if (kind === undefined) throw new ApiError('invalid_auth');
  if (kind !== method.token) throw new ApiError('not_allowed_token_type');
  const { scopes } = app;
  if (scopes === undefined || method.scopes.length === 0) return;
  if (!method.scopes.some((scope) => scopes.has(scope))) {
    throw new ApiError('missing_scope', { needed: method.scopes[0], provided: [...scopes].join(',') });
  }
}
