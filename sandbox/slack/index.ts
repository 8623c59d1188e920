import { WorkspaceClient } from './client.ts';
import type { Panel } from './control/panels.ts';
import type { Control } from './control/routes.ts';
import { slackPanel } from './control/slack-panel.ts';
import { RateLimiter } from './limits/rate.ts';
import { WorkspaceOptions } from './options.ts';
import { pageFiles } from './page-files/index.ts';
import { listen } from './server.ts';
import { SocketHub } from './socket/hub.ts';
import { createState } from './state/workspace-state.ts';
import { CallLog } from './web-api/call-log.ts';
import type { WebApi } from './web-api/handler.ts';

export { WorkspaceClient } from './client.ts';
export type { Panel, PanelData, PanelParams, PanelSection } from './control/panels.ts';
export type { ShownMessage, ShownView } from './control/shown.ts';
export type { WorkspaceOptions } from './options.ts';
export { defaultChannels, defaultUserGroups, defaultUsers } from './options.ts';

/** A running local Slack workspace with one app installed. */
export interface Workspace {
  /** The web page, without a slash at the end. */
  readonly url: string;
  /** For `clientOptions.slackApiUrl`; ends with /api/. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly appId: string;
  readonly teamId: string;
  /** Drives the workspace as its people would, over the control API. */
  readonly client: WorkspaceClient;
  /** Replaces what the page's Sandbox panel shows beside the workspace's own faults. */
  setPanels(panels: readonly Panel[]): void;
  /** The app's request URL: commands, interactions and events go there, signed, instead of over a socket. */
  deliverTo(requestUrl: string): void;
  stop(): Promise<void>;
}

/**
 * Starts a workspace on loopback. Everything it knows is gone when it stops.
 * @throws ZodError for wrong options, Error (EADDRINUSE …) if it cannot listen.
 */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const settings = WorkspaceOptions.parse(options);
  const state = createState(settings);
  const hub = new SocketHub(state);
  const limiter = new RateLimiter(settings.rateLimits, settings.clock);
  const log = new CallLog();
  let panels: readonly Panel[] = settings.panels;
  const own = slackPanel({ state, hub, limiter, log });

  const server = await listen(settings.port, (origin) => {
    const control: Control = {
      state,
      hub,
      limiter,
      log,
      panels: () => [...panels, own],
      responseUrl: (target) => `${origin}/respond/${state.responseUrls.issue(target)}`,
    };
    const socketUrl = (): string =>
      `${origin.replace(/^http/, 'ws')}/link/?ticket=${hub.issueTicket()}&app_id=${state.app.id}`;
    const api: WebApi = { state, limiter, log, context: { origin, socketUrl } };
    return { api, control, page: pageFiles(!settings.stateless) };
  });

  return {
    url: server.origin,
    apiUrl: `${server.origin}/api/`,
    botToken: state.credentials.botToken,
    appToken: state.credentials.appToken,
    signingSecret: state.credentials.signingSecret,
    appId: state.app.id,
    teamId: state.directory.team.id,
    client: new WorkspaceClient(server.origin),
    setPanels: (next) => {
      panels = next;
    },
    deliverTo: (url) => hub.deliverTo({ url, signingSecret: state.credentials.signingSecret }),
    stop: async () => {
      await hub.close();
      await server.close();
    },
  };
}
