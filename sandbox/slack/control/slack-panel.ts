import type { RateLimiter } from '../limits/rate.ts';
import type { SocketHub } from '../socket/hub.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import type { CallLog } from '../web-api/call-log.ts';
import { applyFault } from './faults.ts';
import type { Panel, PanelData } from './panels.ts';
import { FaultRequest } from './requests.ts';

export interface SlackPanelParts {
  readonly state: WorkspaceState;
  readonly hub: SocketHub;
  readonly limiter: RateLimiter;
  readonly log: CallLog;
}

const acts: Readonly<Record<string, (on: boolean) => FaultRequest>> = {
  down: (on) => ({ kind: 'switch', switches: { down: on } }),
  redeliver: (on) => ({ kind: 'switch', switches: { redeliver: on } }),
  refusePlanBlocks: (on) => ({ kind: 'switch', switches: { refusePlanBlocks: on } }),
  slow: (on) => ({ kind: 'switch', switches: { latencyMs: on ? 2_000 : 0 } }),
  limits: (on) => ({ kind: 'rate-limits', limits: on ? 'slack' : 'off' }),
  refresh: () => ({ kind: 'disconnect', reason: 'refresh_requested' }),
  cut: () => ({ kind: 'drop-sockets' }),
  rateLimited: () => ({
    kind: 'next-call',
    fault: { method: 'chat.update', how: { kind: 'rate-limit', retryAfter: 10 } },
  }),
  lost: () => ({ kind: 'next-call', fault: { method: 'chat.postMessage', how: { kind: 'lost-answer' } } }),
};

/** The workspace's own faults, shown on the page like any other panel. */
export function slackPanel(parts: SlackPanelParts): Panel {
  return {
    title: 'Slack',
    read: () => Promise.resolve(read(parts)),
    act: (name, params) => {
      const request = acts[name]?.(params.on === true);
      if (request === undefined) return Promise.reject(new Error(`the panel has no ${name}`));
      applyFault(FaultRequest.parse(request), { faults: parts.state.faults, ...parts });
      return Promise.resolve(undefined);
    },
  };
}

function read({ state, hub, limiter, log }: SlackPanelParts): PanelData {
  const { switches } = state.faults;
  const acks = hub.acks.statistics();
  const refused = log.all().filter((call) => call.status === 429).length;
  return {
    sections: [
      {
        kind: 'facts',
        items: [
          {
            label: 'App',
            value: hub.count > 0 ? `connected (${hub.count})` : 'not connected',
            tone: hub.count > 0 ? 'good' : 'bad',
          },
          {
            label: 'Acknowledged',
            value:
              acks.p50Ms === undefined
                ? 'nothing yet'
                : `p50 ${acks.p50Ms.toFixed(0)} ms, p99 ${acks.p99Ms?.toFixed(0)} ms of ${acks.count}`,
            tone: acks.unacknowledged + acks.late > 0 ? 'warning' : 'plain',
          },
          { label: 'Calls', value: `${log.all().length}, ${refused} rate limited` },
        ],
      },
      {
        kind: 'switches',
        title: 'Faults of Slack',
        items: [
          {
            name: 'down',
            label: 'Slack is down',
            hint: 'API answers 503, sockets are cut',
            on: switches.down,
          },
          {
            name: 'slow',
            label: 'Slack is slow',
            hint: 'each call takes 2 s longer',
            on: switches.latencyMs > 0,
          },
          {
            name: 'redeliver',
            label: 'Deliver everything twice',
            hint: 'same envelope, as after a lost acknowledgement',
            on: switches.redeliver,
          },
          {
            name: 'refusePlanBlocks',
            label: 'Refuse plan blocks',
            hint: 'invalid_blocks for plan and task_card',
            on: switches.refusePlanBlocks,
          },
          {
            name: 'limits',
            label: 'Rate limits',
            hint: 'as Slack publishes them',
            on: limiter.limits !== 'off',
          },
        ],
      },
      {
        kind: 'actions',
        items: [
          { name: 'refresh', label: 'Ask the app to reconnect' },
          { name: 'cut', label: 'Cut the sockets', tone: 'bad' },
          { name: 'rateLimited', label: 'Rate limit the next chat.update' },
          { name: 'lost', label: 'Lose the answer to the next post' },
        ],
      },
    ],
  };
}
