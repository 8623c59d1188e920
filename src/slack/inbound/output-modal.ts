import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { nearest } from '../../intent/nearest.ts';
import type { ActRecord } from '../../ports/output-store.ts';
import { listed } from '../text/fold.ts';
import { code } from '../text/untrusted.ts';
import { answer, type Place } from './answer.ts';
import { authorise } from './authorise.ts';
import type { Inbound } from './deps.ts';
import { metadataOf } from './form-data.ts';
import { actNonce, OutputData, outputModal, outputUsage } from './output-view.ts';
import type { ViewActionPayload } from './payloads.ts';

/** Beyond the last page: its end, where the newest lines are. */
const lastPage = Number.MAX_SAFE_INTEGER;

/**
 * Shows one person what commands of a run printed: the newest of those that are asked about, from its end. A command that
 * goes on while the run waits for a decision is asked for its newest lines; the modal is open by then, since Slack gives
 * it three seconds.
 * @param about a node, a kind of step or a step's key; undefined for all
 */
export async function openOutput(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  run: Run,
  about?: string,
): Promise<void> {
  const all = await inbound.useCases.acts(run.id);
  const acts = actsAbout(run, all, about);
  const newest = acts.at(-1);
  if (newest === undefined) return answer(inbound, place, nothingText(run, all, about));
  const view = async (note?: string) => {
    const present = (await inbound.useCases.acts(run.id)).find((act) => actNonce(act) === actNonce(newest));
    const act = present ?? newest;
    const printed = { act, pieces: await inbound.useCases.output(act) };
    return outputModal(run, acts, printed, lastPage, { about, ...(note === undefined ? {} : { note }) });
  };
  const asks = newest.ending === undefined && run.halt?.failure.act !== undefined;
  const opened = await inbound.messenger.openView(
    triggerId,
    await view(asks ? `⏳ asking ${newest.node} for what it has printed since` : undefined),
  );
  if ('error' in opened) {
    inbound.log.warn({ error: opened.error, run: run.id }, 'an output could not be opened');
    return answer(inbound, place, `Slack did not let me open it in time. Once more: ${outputUsage(run)}`);
  }
  if (!asks) return;
  const isRead = await inbound.useCases.refreshOutput(run);
  await update(inbound, opened.viewId, await view(isRead ? undefined : noAnswer(newest.node)));
}

/** Turns the page, or shows another command. Everything is read anew. */
export async function onOutputAction(inbound: Inbound, payload: ViewActionPayload): Promise<void> {
  const data = metadataOf(OutputData, payload.view.private_metadata);
  const [pressed] = payload.actions;
  if (data === undefined || pressed === undefined) return;
  const run = await inbound.useCases.run(data.run);
  if (run === undefined) return;
  const authorisation = await authorise(inbound, { user: payload.user.id, channel: run.channel });
  if (authorisation.status === 'denied') return;
  const chosen = pressed.selected_option?.value;
  const wanted = chosen === undefined ? Number(pressed.value) : lastPage;
  if (Number.isNaN(wanted)) return;
  const isRead = !pressed.action_id.endsWith('.anew') || (await inbound.useCases.refreshOutput(run));
  const acts = actsAbout(run, await inbound.useCases.acts(run.id), data.about);
  const act = acts.find((one) => actNonce(one) === (chosen ?? data.act)) ?? acts.at(-1);
  if (act === undefined) return;
  const printed = { act, pieces: await inbound.useCases.output(act) };
  const note = isRead ? {} : { note: noAnswer(act.node) };
  await update(
    inbound,
    payload.view.id,
    outputModal(run, acts, printed, wanted, { about: data.about, ...note }),
  );
}

const noAnswer = (node: string): string =>
  `🟠 ${node} could not be asked for its newest lines: this is what had come until then`;

async function update(inbound: Inbound, viewId: string, view: ReturnType<typeof outputModal>): Promise<void> {
  const { error } = await inbound.messenger.updateView(viewId, view);
  // not_found: the person has closed it meanwhile.
  if (error !== undefined && error !== 'not_found') {
    inbound.log.warn({ error }, 'an output could not be turned to another page');
  }
}

function actsAbout(run: Run, acts: readonly ActRecord[], about: string | undefined): ActRecord[] {
  if (about === undefined) return [...acts];
  const kinds = new Map(stepsOf(run.plan).map(({ key, kind }) => [key, kind]));
  return acts.filter((act) => act.node === about || act.step === about || kinds.get(act.step) === about);
}

/** Why there is nothing to show, and what there is instead (mrkdwn). */
function nothingText(run: Run, acts: readonly ActRecord[], about: string | undefined): string {
  if (acts.length === 0) return `No command of run ${code(run.id)} has printed anything yet.`;
  const kinds = new Map(stepsOf(run.plan).map(({ key, kind }) => [key, kind]));
  const nodes = [...new Set(acts.map(({ node }) => node as string))];
  const steps = [...new Set(acts.map(({ step }) => kinds.get(step) ?? step))] as string[];
  const meant = about === undefined ? undefined : nearest(about, [...nodes, ...steps]);
  const hint = meant === undefined ? '' : `\nTry: ${code(`/k8s-upgrade output ${run.id} ${meant}`)}`;
  return (
    `Nothing of run ${code(run.id)} that is called ${code(about ?? '')} has printed anything. ` +
    `There are the nodes ${listed(nodes)}, and the steps ${listed(steps, 12)}.${hint}`
  );
}
