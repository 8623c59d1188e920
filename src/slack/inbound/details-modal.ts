import type { Run } from '../../domain/run.ts';
import { answer, type Place } from './answer.ts';
import { authorise } from './authorise.ts';
import type { Inbound } from './deps.ts';
import { DetailsPage, detailsModal } from './details-view.ts';
import type { ViewActionPayload } from './payloads.ts';

/** Shows every step of a run to one person. */
export async function openDetails(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  run: Run,
): Promise<void> {
  const opened = await inbound.messenger.openView(triggerId, detailsModal(run));
  if (!('error' in opened)) return;
  inbound.log.warn({ error: opened.error, run: run.id }, 'the details could not be opened');
  await answer(
    inbound,
    place,
    'Slack did not let me open the details in time. Please press Details once more.',
  );
}

/** Turns the page. The run is read anew: a page shows how far it is now. */
export async function onDetailsPage(inbound: Inbound, payload: ViewActionPayload): Promise<void> {
  const wanted = DetailsPage.safeParse(payload.actions[0]?.value);
  // The modal was opened for one run, from its own channel; its pages lead to no other.
  if (!wanted.success || !payload.view.private_metadata.startsWith(`${wanted.data.run} `)) return;
  const run = await inbound.useCases.run(wanted.data.run);
  if (run === undefined) return;
  const authorisation = await authorise(inbound, { user: payload.user.id, channel: run.channel });
  if (authorisation.status === 'denied') return;
  const { error } = await inbound.messenger.updateView(payload.view.id, detailsModal(run, wanted.data.page));
  if (error !== undefined && error !== 'not_found') {
    inbound.log.warn({ error, run: run.id }, 'the details could not be paged');
  }
}
