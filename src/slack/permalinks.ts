import type { RunId } from '../domain/names.ts';
import type { Messenger } from '../ports/messenger.ts';
import type { RunStore } from '../ports/run-store.ts';

/** The link to a run's message; undefined while there is none, or Slack does not say. */
export async function permalinkOf(
  slack: { readonly store: Pick<RunStore, 'telling'>; readonly messenger: Pick<Messenger, 'permalink'> },
  run: RunId,
): Promise<string | undefined> {
  const telling = await slack.store.telling(run);
  if (telling?.parentTs === undefined) return undefined;
  const link = await slack.messenger.permalink(telling.channel, telling.parentTs);
  // Slack's own address, but it becomes part of a text with markup: nothing that could end the link early.
  return link !== undefined && /^https?:\/\/[^\s<>|]+$/.test(link) ? link : undefined;
}

/** A link in mrkdwn, or nothing. */
export function linkTo(link: string | undefined, label: string): string {
  return link === undefined ? '' : `<${link}|${label}>`;
}
