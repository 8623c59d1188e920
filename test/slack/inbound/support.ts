import { App, type Receiver } from '@slack/bolt';
import { afterEach, expect } from 'vitest';
import type { ChannelId, UserId } from '../../../src/domain/names.ts';
import type { Directory, SlackChannel, SlackUser } from '../../../src/ports/directory.ts';
import type { OpenLook } from '../../../src/ports/look-store.ts';
import type { Message } from '../../../src/ports/messenger.ts';
import type { Telling } from '../../../src/ports/run-store.ts';
import type { RunAction } from '../../../src/slack/buttons.ts';
import { registerHandlers } from '../../../src/slack/inbound/register.ts';
import type { Pressed } from '../../../src/slack/projection/context.ts';
import { FakeSlack } from '../../support/fake-slack.ts';
import { FakeUseCases } from '../../support/fake-use-cases.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { readable } from '../../support/readable.ts';
import { silentLog } from '../../support/silent-log.ts';
import { approvers } from '../../support/stories.ts';
import { opsChannel, people, type Story } from '../../support/story.ts';

const teamId = 'T00000ACME';
const appId = 'A00000TEST';
const slacks = new Set<FakeSlack>();

afterEach(() => {
  const problems = [...slacks].flatMap((slack) => slack.problems);
  slacks.clear();
  expect(problems, 'everything that was answered keeps to Slack’s limits').toEqual([]);
});

interface Delivered {
  readonly acks: unknown[];
  readonly ackedAfterMs: number;
  /** Answers to one person since the desk was opened, as text. */
  readonly answers: string[];
}

/** The handlers on a real Bolt App with a fake receiver: payloads go in as Slack sends them. */
export async function desk() {
  const clock = new ManualClock();
  const slack = new FakeSlack(clock);
  slacks.add(slack);
  const useCases = new FakeUseCases();
  const tellings = new Map<string, Telling>();
  const seen = new Set<string>();
  const looks = new Map<string, OpenLook>();
  const pressed: { run: string; pressed: Pressed; released: boolean }[] = [];
  const responded: Message[] = [];
  const users = new Map<UserId, Partial<SlackUser>>();
  const channels = new Map<ChannelId, Partial<SlackChannel> | 'absent'>();
  const world = {
    directoryDown: false,
    directoryHangs: false,
    /** What the store throws at every write. */
    storeError: undefined as Error | undefined,
    members: new Set<UserId>(Object.values(people)),
  };

  const directory: Directory = {
    async user(id) {
      if (world.directoryHangs) return new Promise(() => undefined);
      if (world.directoryDown) throw new Error('no answer');
      return {
        id,
        teamId,
        handle: 'someone',
        deleted: false,
        isBot: false,
        isGuest: false,
        isStranger: false,
        ...users.get(id),
      };
    },
    async channel(id) {
      if (world.directoryDown) throw new Error('no answer');
      const known = channels.get(id);
      if (known === 'absent') return undefined;
      return { id, name: 'ops', isExternallyShared: false, isArchived: false, ...known };
    },
    groupMembers: async () => [],
    isMember: async (_channel, user) => world.members.has(user),
    membersOf: async () => world.members,
  };

  const receiver: Receiver = {
    init: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
  };
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-test', botId: 'B1', botUserId: 'UBOT' }),
    convoStore: false,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error() {},
      setLevel() {},
      getLevel: () => 'info' as never,
      setName() {},
    },
  });
  const handlers = registerHandlers(app, {
    useCases,
    store: {
      async firstTime(key) {
        if (world.storeError) throw world.storeError;
        const first = !seen.has(key);
        seen.add(key);
        return first;
      },
      telling: async (run) => tellings.get(run),
      beginLook: async (look) => void looks.set(look.id, look),
      async lookShownAt(id, ts) {
        const look = looks.get(id);
        if (look) looks.set(id, { ...look, ts });
      },
      endLook: async (id) => void looks.delete(id),
      openLooks: async () => [...looks.values()],
    },
    messenger: slack,
    directory,
    publisher: {
      press(run, by) {
        const entry = { run, pressed: by, released: false };
        pressed.push(entry);
        return () => {
          entry.released = true;
        };
      },
    },
    clock,
    log: silentLog,
    teamId,
    appId: () => appId,
    channels: [opsChannel],
    approversOf: () => approvers,
    backupsOf: () => '/backups',
    runbooks: undefined,
    respond: async (_url, message) => {
      responded.push(message);
      return true;
    },
  });

  let deliveries = 0;
  async function deliver(body: Record<string, unknown>): Promise<Delivered> {
    const acks: unknown[] = [];
    const began = performance.now();
    let ackedAfterMs = Number.POSITIVE_INFINITY;
    await app.processEvent({
      body,
      ack: async (answer) => {
        ackedAfterMs = Math.min(ackedAfterMs, performance.now() - began);
        acks.push(answer);
      },
    });
    for (let round = 0; round < 6; round += 1) await clock.settle();
    return { acks, ackedAfterMs, answers: slack.ephemerals.map(({ message }) => readable(message)) };
  }

  const from = { team_id: teamId, api_app_id: appId, is_enterprise_install: false };
  const interactive = (user: UserId) => ({
    ...from,
    team: { id: teamId },
    user: { id: user, team_id: teamId },
    trigger_id: `trigger-${(deliveries += 1)}`,
  });

  const commandBody = (text: string, extra: Record<string, unknown> = {}) => ({
    ...from,
    command: '/k8s-upgrade',
    text,
    user_id: people.dana,
    channel_id: opsChannel,
    trigger_id: `trigger-${(deliveries += 1)}`,
    response_url: 'https://hooks.slack.com/commands/1',
    ...extra,
  });
  const clickBody = (
    action: RunAction | { id: string },
    value: string,
    options: { user?: UserId; ts?: string; channel?: ChannelId } = {},
  ) => {
    const channel = options.channel ?? opsChannel;
    const ts = options.ts ?? '1700000000.000001';
    return {
      ...interactive(options.user ?? people.amir),
      type: 'block_actions',
      channel: { id: channel },
      message: { ts },
      container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
      response_url: 'https://hooks.slack.com/actions/1',
      actions: [
        {
          type: 'button',
          action_id: typeof action === 'string' ? `run.${action}` : action.id,
          block_id: 'b',
          action_ts: '1.1',
          value,
        },
      ],
    };
  };

  return {
    clock,
    slack,
    useCases,
    tellings,
    looks,
    pressed,
    responded,
    users,
    channels,
    world,
    handlers,
    deliver,
    answers: () => slack.ephemerals.map(({ message }) => readable(message)),

    /** A run with its message, as the publisher would have left it. */
    knows(story: Story, parentTs = '1700000000.000001'): void {
      useCases.runsById.set(story.run.id, story.run);
      useCases.eventsById.set(story.run.id, story.events);
      tellings.set(story.run.id, {
        run: story.run.id,
        channel: story.run.channel,
        parentTs,
        toldSeq: story.events.length,
      });
    },
    commandBody,
    command(text: string, extra: Record<string, unknown> = {}): Promise<Delivered> {
      return deliver(commandBody(text, extra));
    },
    clickBody,
    click: (...given: Parameters<typeof clickBody>): Promise<Delivered> => deliver(clickBody(...given)),
    inView(
      viewId: string,
      action: { id: string; value?: string; option?: string },
      user: UserId = people.dana,
    ): Promise<Delivered> {
      return deliver({
        ...interactive(user),
        type: 'block_actions',
        container: { type: 'view', view_id: viewId },
        view: { id: viewId, hash: 'h', private_metadata: slack.views.get(viewId)?.private_metadata ?? '' },
        actions: [
          {
            type: 'button',
            action_id: action.id,
            block_id: 'b',
            action_ts: '1.1',
            ...(action.value === undefined ? {} : { value: action.value }),
            ...(action.option === undefined ? {} : { selected_option: { value: action.option } }),
          },
        ],
      });
    },
    submit(
      viewId: string,
      values: Record<string, unknown>,
      user: UserId = people.dana,
      callbackId = 'plan',
    ): Promise<Delivered> {
      return deliver({
        ...interactive(user),
        type: 'view_submission',
        view: {
          id: viewId,
          hash: 'h1',
          type: 'modal',
          callback_id: callbackId,
          private_metadata: slack.views.get(viewId)?.private_metadata ?? '',
          state: { values },
        },
      });
    },
    openHome(user: UserId = people.dana): Promise<Delivered> {
      return deliver({
        ...from,
        type: 'event_callback',
        event_id: `Ev${(deliveries += 1)}`,
        event: { type: 'app_home_opened', user, tab: 'home', channel: 'D1' },
        authorizations: [],
      });
    },
  };
}
