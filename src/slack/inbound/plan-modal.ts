import { type Target } from '../../domain/intent.ts';
import { type ChannelId, ClusterName } from '../../domain/names.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { code } from '../text/untrusted.ts';
import { admitForm } from './admit.ts';
import { answer, type Place } from './answer.ts';
import { askForPlan } from './ask-for-plan.ts';
import { authorise } from './authorise.ts';
import { refuseUnseen } from './can-post.ts';
import type { Inbound } from './deps.ts';
import { metadataOf } from './form-data.ts';
import type { ViewActionPayload, ViewSubmissionPayload } from './payloads.ts';
import { ChosenVersion, PlanViewData, planModal, planView, type VersionChoice } from './plan-view.ts';

/** Opens the form for what the command left out; the only cluster of a channel is chosen already. */
export async function openPlanModal(
  inbound: Inbound,
  place: Place,
  triggerId: string,
  given: { cluster?: ClusterName | undefined; target?: Target | undefined },
): Promise<void> {
  const unseen = await refuseUnseen(inbound, place.channel);
  if (unseen !== undefined) return answer(inbound, place, unseen);
  const clusters = inbound.useCases.clusterNames(place.channel);
  const only = clusters.length === 1 ? clusters[0] : undefined;
  const cluster = given.cluster ?? only;
  const first: VersionChoice = cluster === undefined ? { status: 'none' } : { status: 'loading', cluster };
  const opened = await inbound.messenger.openView(triggerId, planModal(place.channel, clusters, first));
  if ('error' in opened) {
    inbound.log.warn({ error: opened.error }, 'the plan form could not be opened');
    const line = `/k8s-upgrade plan ${cluster ?? clusters[0] ?? 'cluster'} next`;
    return answer(inbound, place, `Slack did not let me open the form. Name both instead: ${code(line)}`);
  }
  if (cluster !== undefined) await showVersions(inbound, opened.viewId, place.channel, cluster);
}

/** Somebody chose a cluster in the form: its versions are fetched and shown. */
export async function onClusterChosen(inbound: Inbound, payload: ViewActionPayload): Promise<void> {
  const data = metadataOf(PlanViewData, payload.view.private_metadata);
  const cluster = ClusterName.safeParse(payload.actions[0]?.selected_option?.value);
  if (data === undefined || !cluster.success) return;
  const { channel } = data;
  const clusters = inbound.useCases.clusterNames(channel);
  const authorisation = await authorise(inbound, { user: payload.user.id, channel });
  if (authorisation.status === 'denied' || !clusters.includes(cluster.data)) return;
  const loading: VersionChoice = { status: 'loading', cluster: cluster.data };
  await inbound.messenger.updateView(payload.view.id, planModal(channel, clusters, loading));
  await showVersions(inbound, payload.view.id, channel, cluster.data);
}

/** Which cluster each open form asked about last: a slow answer about another one must not overwrite it. */
const lastAsked = new Map<string, ClusterName>();
const maxForms = 1_000;

async function showVersions(
  inbound: Inbound,
  viewId: string,
  channel: ChannelId,
  cluster: ClusterName,
): Promise<void> {
  lastAsked.delete(viewId);
  lastAsked.set(viewId, cluster);
  if (lastAsked.size > maxForms) lastAsked.delete(lastAsked.keys().next().value ?? '');
  const choice = await versionsOf(inbound, cluster);
  if (lastAsked.get(viewId) !== cluster) return;
  const clusters = inbound.useCases.clusterNames(channel);
  const { error } = await inbound.messenger.updateView(viewId, planModal(channel, clusters, choice));
  // not_found: the person has closed the form meanwhile.
  if (error !== undefined && error !== 'not_found') {
    inbound.log.warn({ error }, 'the plan form could not be updated');
  }
}

async function versionsOf(inbound: Inbound, cluster: ClusterName): Promise<VersionChoice> {
  try {
    const offer = await inbound.useCases.versionsOnOffer(cluster);
    return 'problem' in offer
      ? { status: 'problem', cluster, problem: offer.problem }
      : { status: 'offered', cluster, current: offer.current, offered: offer.offered };
  } catch (error) {
    inbound.log.error({ error, cluster }, 'asking for versions failed');
    return { status: 'problem', cluster, problem: 'I met an error; my log has the details.' };
  }
}

export type Submission =
  | {
      readonly status: 'complete';
      readonly channel: ChannelId;
      readonly cluster: ClusterName;
      readonly version: KubernetesVersion;
      readonly inHops: boolean;
    }
  /** Shown at the fields of the form. */
  | { readonly status: 'incomplete'; readonly errors: Readonly<Record<string, string>> };

/** Reads the submitted form. Quick and pure: its errors are part of the acknowledgement. */
export function readSubmission(payload: ViewSubmissionPayload): Submission {
  const { values } = payload.view.state;
  const data = metadataOf(PlanViewData, payload.view.private_metadata);
  const chosen = values[planView.clusterBlock]?.[planView.clusterAction]?.selected_option?.value;
  const [versionBlock] = Object.keys(values).filter((block) => block.startsWith('version:'));
  const fromBlock = versionBlock?.slice('version:'.length);
  const cluster = ClusterName.safeParse(fromBlock ?? chosen);
  const version = ChosenVersion.safeParse(
    values[versionBlock ?? '']?.[planView.versionAction]?.selected_option?.value,
  );
  const field = versionBlock ?? planView.clusterBlock;
  if (data === undefined || !cluster.success) {
    return { status: 'incomplete', errors: { [field]: 'Choose a cluster first.' } };
  }
  if (!version.success) return { status: 'incomplete', errors: { [field]: 'Choose a version.' } };
  return { status: 'complete', channel: data.channel, cluster: cluster.data, ...version.data };
}

/** Plans what was chosen in the form. Called after the acknowledgement. */
export async function onPlanSubmitted(
  inbound: Inbound,
  payload: ViewSubmissionPayload,
  submission: Extract<Submission, { status: 'complete' }>,
): Promise<void> {
  const place = await admitForm(inbound, payload, submission.channel);
  if (place === undefined) return;
  const target: Target = { kind: 'exact', version: submission.version };
  await askForPlan(inbound, place, {
    cluster: submission.cluster,
    target,
    ...(submission.inHops ? { inHops: true } : {}),
  });
}
