import type { SocketHub } from '../socket/hub.ts';
import { secret } from '../state/ids.ts';
import type { User } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { slackView } from '../web-api/represent.ts';

/** Slack sends an unacknowledged event again: almost at once, after a minute, after five. */
const retryAfterMs = [500, 60_000, 300_000];

/** A user opens the app's Home tab; the app hears of it if its manifest asks for app_home_opened. */
export async function openHome(user: User, state: WorkspaceState, hub: SocketHub): Promise<void> {
  if (!state.app.home || !state.app.events('app_home_opened')) return;
  const view = state.views.home(user.id);
  const now = state.clock.now() / 1000;
  await sendEvent(
    {
      token: state.credentials.verification,
      team_id: state.directory.team.id,
      api_app_id: state.app.id,
      type: 'event_callback',
      event_id: `Ev${secret(5).toUpperCase()}`,
      event_time: Math.floor(now),
      is_ext_shared_channel: false,
      authorizations: [
        {
          enterprise_id: null,
          team_id: state.directory.team.id,
          user_id: state.directory.bot.id,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      event: {
        type: 'app_home_opened',
        user: user.id,
        channel: state.directory.directMessage(user).id,
        tab: 'home',
        event_ts: now.toFixed(6),
        ...(view === undefined ? {} : { view: slackView(view, state) }),
      },
    },
    hub,
    0,
  );
}

async function sendEvent(payload: Record<string, unknown>, hub: SocketHub, attempt: number): Promise<void> {
  const retry = attempt === 0 ? {} : { retry: { attempt, reason: 'timeout' } };
  const delivery = await hub.deliver({ type: 'events_api', payload, ...retry });
  const wait = retryAfterMs[attempt];
  if (delivery.status !== 'timed-out' || wait === undefined) return;
  hub.after(wait, () => void sendEvent(payload, hub, attempt + 1));
}
