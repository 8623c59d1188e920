import { setTimeout as delay } from 'node:timers/promises';
import type { ShownMessage, WorkspaceClient } from '../../sandbox/slack/index.ts';
import { channelOf } from './configuration.ts';

/** What people type: what is asked often, what reads the store, and what is mistyped. */
const lines = ['status', 'help', 'runs', 'stauts', 'clusters', 'plan c-1 1.34.x'];

/** Between two of them: people are not a load generator, and a queue of their making would be measured instead. */
const pauseMs = 30;

/** Asks for a plan in each cluster's channel and approves it. Gives the messages. */
export async function startRuns(
  client: WorkspaceClient,
  clusters: readonly string[],
): Promise<ShownMessage[]> {
  const messages: ShownMessage[] = [];
  for (const cluster of clusters) {
    const channel = channelOf(cluster);
    await client.as('dana').command(channel, `/k8s-upgrade plan ${cluster} 1.34.9`);
    const plan = await client.as('dana').waitForMessage(channel, 'Approvals 0 of 1', 30_000);
    await client.as('amir').click(plan, 'run.approve', { confirm: true });
    messages.push(plan);
  }
  return messages;
}

/** Milliseconds until each command was acknowledged, as Slack saw it. @throws Error when one was not */
export async function typeCommands(
  client: WorkspaceClient,
  channels: readonly string[],
  count: number,
): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const line = `/k8s-upgrade ${lines[index % lines.length]}`;
    const channel = channels[index % channels.length] ?? '';
    took.push(acknowledged(await client.as('dana').command(channel, line)));
    await delay(pauseMs);
  }
  return took;
}

/** The same for the Details button of the runs' messages, which opens a modal. */
export async function pressDetails(
  client: WorkspaceClient,
  messages: readonly ShownMessage[],
  count: number,
): Promise<number[]> {
  const took: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const message = messages[index % messages.length];
    if (message === undefined) break;
    took.push(acknowledged(await client.as('dana').click(message, 'run.details')));
    await delay(pauseMs);
  }
  return took;
}

function acknowledged(outcome: { readonly status: string; readonly ms?: number }): number {
  if (outcome.status !== 'acked' || outcome.ms === undefined) {
    throw new Error(`Not acknowledged: ${JSON.stringify(outcome)}`);
  }
  return outcome.ms;
}
