import type { Run } from '../../domain/run.ts';
import type { Inbound } from './deps.ts';

/** The link to a run's message; undefined while there is none, or Slack does not say. */
export async function permalinkOf(
  inbound: Pick<Inbound, 'store' | 'messenger'>,
  run: Pick<Run, 'id'>,
): Promise<string | undefined> {
  const telling = await inbound.store.telling(run.id);
  if (telling?.parentTs === undefined) return undefined;
  const link = await inbound.messenger.permalink(telling.channel, telling.parentTs);
  // Slack's own address, but it becomes part of a text with markup: nothing that could end the link early.
  return link !== undefined && /^https?:\/\/[^\s<>|]+$/.test(link) ? link : undefined;
}

/** A link in mrkdwn, or nothing. */
export function linkTo(link: string | undefined, label: string): string {
  return link === undefined ? '' : `<${link}|${label}>`;
}
