import type { z } from 'zod';

import type { RateLimiter } from '../limits/rate.ts';
import type { RateLimits } from '../options.ts';
import type { SocketHub } from '../socket/hub.ts';
import type { CallFault, Faults, Switches } from '../state/faults.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { FaultRequest } from './requests.ts';

export interface ShownFaults {
  readonly switches: Switches;
  readonly pendingCalls: readonly CallFault[];
  readonly rateLimits: RateLimits;
}

export function readFaults({ faults }: Pick<WorkspaceState, 'faults'>, limiter: RateLimiter): ShownFaults {
  return { switches: faults.switches, pendingCalls: faults.pendingCalls, rateLimits: limiter.limits };
}

export function applyFault(
  request: z.output<typeof FaultRequest>,
  { faults, hub, limiter }: { faults: Faults; hub: SocketHub; limiter: RateLimiter },
): void {
  switch (request.kind) {
    case 'switch':
      faults.set(withoutUndefined(request.switches));
      break;
    case 'next-call':
      faults.meetNext(request.fault);
      break;
    case 'disconnect':
      hub.disconnect(request.reason);
      break;
    case 'drop-sockets':
      hub.drop();
      break;
    case 'rate-limits':
      limiter.set(request.limits);
      break;
    case 'clear':
      faults.clear();
  }
}

function withoutUndefined(switches: { [K in keyof Switches]?: Switches[K] | undefined }): Partial<Switches> {
  return Object.fromEntries(Object.entries(switches).filter(([, value]) => value !== undefined));
}
