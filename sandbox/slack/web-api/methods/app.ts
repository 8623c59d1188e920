import { tier } from '../../limits/rate.ts';
import { ApiError } from '../api-error.ts';
import type { Methods } from '../method.ts';

export const appMethods: Methods = {
  'auth.test': {
    token: 'bot',
    scopes: [],
    limit: tier.special,
    run: (_args, { directory }, at) => ({
      url: `${at.origin}/`,
      team: directory.team.name,
      user: directory.bot.handle,
      team_id: directory.team.id,
      user_id: directory.bot.id,
      bot_id: directory.botId,
      is_enterprise_install: false,
    }),
  },
  'bots.info': {
    token: 'bot',
    scopes: ['users:read'],
    limit: tier.three,
    run: (args, { app, directory }) => {
      if (args.text('bot') !== directory.botId) throw new ApiError('bot_not_found');
      const { bot, botId } = directory;
      return { bot: { id: botId, deleted: false, name: bot.handle, app_id: app.id, user_id: bot.id } };
    },
  },
  'apps.connections.open': {
    token: 'app',
    scopes: [],
    limit: tier.one,
    run: (_args, { app }, at) => {
      if (!app.socketMode) throw new ApiError('forbidden_team');
      return { url: at.socketUrl() };
    },
  },
};
