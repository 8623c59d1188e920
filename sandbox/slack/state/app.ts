import { z } from 'zod';

const Manifest = z.object({
  display_information: z.object({ name: z.string() }),
  features: z
    .object({
      bot_user: z.object({ display_name: z.string() }).optional(),
      app_home: z.object({ home_tab_enabled: z.boolean().default(false) }).optional(),
      slash_commands: z
        .array(
          z.object({
            command: z.string().regex(/^\/\S+$/),
            description: z.string(),
            usage_hint: z.string().default(''),
            should_escape: z.boolean().default(false),
          }),
        )
        .default([]),
    })
    .default({ slash_commands: [] }),
  oauth_config: z
    .object({ scopes: z.object({ bot: z.array(z.string()).default([]) }).default({ bot: [] }) })
    .default({ scopes: { bot: [] } }),
  settings: z
    .object({
      event_subscriptions: z.object({ bot_events: z.array(z.string()).default([]) }).optional(),
      interactivity: z.object({ is_enabled: z.boolean() }).optional(),
      socket_mode_enabled: z.boolean().default(false),
    })
    .default({ socket_mode_enabled: false }),
});

export interface SlashCommand {
  readonly command: string;
  readonly description: string;
  readonly usageHint: string;
  readonly shouldEscape: boolean;
}

/** What the installed app may do. Without a manifest it may do everything. */
export interface AppProfile {
  readonly id: string;
  readonly name: string;
  /** Bot scopes; undefined when they are not checked. */
  readonly scopes: ReadonlySet<string> | undefined;
  /** Declared slash commands; undefined when every command goes to the app, escaped. */
  readonly commands: readonly SlashCommand[] | undefined;
  readonly home: boolean;
  readonly events: (name: string) => boolean;
  readonly interactivity: boolean;
  readonly socketMode: boolean;
}

/**
 * Reads the parts of a Slack app manifest (as a parsed object) that change what the workspace allows.
 * @throws ZodError for a manifest that is none.
 */
export function appProfile(id: string, manifest: unknown): AppProfile {
  if (manifest === undefined) {
    return {
      id,
      name: 'Test app',
      scopes: undefined,
      commands: undefined,
      home: true,
      events: () => true,
      interactivity: true,
      socketMode: true,
    };
  }
  const { display_information: shown, features, oauth_config: oauth, settings } = Manifest.parse(manifest);
  const events = settings.event_subscriptions?.bot_events ?? [];
  return {
    id,
    name: features.bot_user?.display_name ?? shown.name,
    scopes: new Set(oauth.scopes.bot),
    commands: features.slash_commands.map((entry) => ({
      command: entry.command,
      description: entry.description,
      usageHint: entry.usage_hint,
      shouldEscape: entry.should_escape,
    })),
    home: features.app_home?.home_tab_enabled ?? false,
    events: (name) => events.includes(name),
    interactivity: settings.interactivity?.is_enabled ?? false,
    socketMode: settings.socket_mode_enabled,
  };
}
