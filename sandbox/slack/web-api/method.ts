import type { RateRule } from '../limits/rate.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { Arguments } from './arguments.ts';

/** One method of the Web API. */
export interface Method {
  /** Which token it takes: `xoxb-…` or `xapp-…`. */
  readonly token: 'bot' | 'app';
  /** Any one of these scopes is enough; the first is named in a missing_scope answer. */
  readonly scopes: readonly string[];
  readonly limit: RateRule;
  /** @throws ApiError with Slack's name for what is wrong. */
  readonly run: (args: Arguments, state: WorkspaceState, at: MethodContext) => Record<string, unknown>;
}

export interface MethodContext {
  /** Where the workspace listens, without a slash at the end. */
  readonly origin: string;
  /** A new single-use address for a socket, for apps.connections.open. */
  readonly socketUrl: () => string;
}

export type Methods = Readonly<Record<string, Method>>;
