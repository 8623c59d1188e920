import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { assertNever } from '../../domain/assert-never.ts';
import { ChannelId, type ClusterName } from '../../domain/names.ts';
import { KubernetesVersion, minorNumber, minorOf } from '../../domain/version.ts';
import { context, limits, plain, section } from '../blocks/elements.ts';
import { count } from '../text/fold.ts';
import { short } from '../text/untrusted.ts';

/** The form in which cluster and version are chosen. */
export const planView = {
  callbackId: 'plan',
  clusterBlock: 'cluster',
  clusterAction: 'plan.cluster',
  /** One block for each cluster, so that a version chosen for one does not stay chosen for another. */
  versionBlock: (cluster: ClusterName) => `version:${cluster}`,
  versionAction: 'plan.version',
} as const;

/** Slack: a select has at most 100 options. */
const maxOptions = 100;

/** What an option of the form means: `v1.34.9`, or `v1.36.1 in-hops`. */
export const ChosenVersion = z
  .string()
  .max(60)
  .regex(/^\S+( in-hops)?$/)
  .transform((text) => {
    const [version, inHops] = text.split(' ');
    return { version, inHops: inHops !== undefined };
  })
  .pipe(z.object({ version: KubernetesVersion, inHops: z.boolean() }));

/** Where the form was asked for; the submission does not say. */
export const PlanViewData = z.strictObject({ channel: ChannelId });

export type VersionChoice =
  | { readonly status: 'none' }
  | { readonly status: 'loading'; readonly cluster: ClusterName }
  | {
      readonly status: 'offered';
      readonly cluster: ClusterName;
      readonly current: KubernetesVersion;
      /** Oldest first. */
      readonly offered: readonly KubernetesVersion[];
    }
  | { readonly status: 'problem'; readonly cluster: ClusterName; readonly problem: string };

/** The form in one of its states: no cluster, versions on their way, versions, or why there are none. */
export function planModal(
  channel: ChannelId,
  clusters: readonly ClusterName[],
  choice: VersionChoice,
): ModalView {
  const chosen = choice.status === 'none' ? undefined : choice.cluster;
  const ready = choice.status === 'offered' && choice.offered.length > 0;
  return {
    type: 'modal',
    callback_id: planView.callbackId,
    private_metadata: JSON.stringify({ channel }),
    title: plain('Plan an upgrade', limits.viewTitle),
    close: plain('Cancel', limits.viewTitle),
    ...(ready ? { submit: plain('Plan', limits.viewTitle) } : {}),
    blocks: [clusterBlock(clusters, chosen), ...versionBlocks(choice)],
  };
}

/** A section and not an input: inputs want a submit button, which comes only with the versions. */
function clusterBlock(clusters: readonly ClusterName[], chosen: ClusterName | undefined): KnownBlock {
  const options = clusters.slice(0, maxOptions).map((name) => option(name));
  const initial = options.find((entry) => entry.value === chosen);
  return {
    type: 'section',
    block_id: planView.clusterBlock,
    text: { type: 'mrkdwn', text: '*Cluster*', verbatim: true },
    accessory: {
      type: 'static_select',
      action_id: planView.clusterAction,
      placeholder: plain('Choose a cluster', 150),
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function versionBlocks(choice: VersionChoice): KnownBlock[] {
  switch (choice.status) {
    case 'none':
      return [context('Choose a cluster; I then ask its package repositories which versions they offer.')];
    case 'loading':
      return [context(`⏳ Asking the package repositories of ${choice.cluster} which versions they offer …`)];
    case 'problem':
      return [
        section(`🟠 *${choice.cluster} could not be asked*: ${short(choice.problem, 600)}`),
        context('Choose the cluster again to try once more, or another one.'),
      ];
    case 'offered':
      return offeredBlocks(choice);
    default:
      return assertNever(choice);
  }
}

function offeredBlocks({
  cluster,
  current,
  offered,
}: Extract<VersionChoice, { status: 'offered' }>): KnownBlock[] {
  if (offered.length === 0) {
    return [section(`✅ ${cluster} is on ${current}; its repositories offer nothing newer.`)];
  }
  const newestFirst = offered.toReversed();
  const shown = newestFirst.slice(0, maxOptions);
  const hidden = newestFirst.length - shown.length;
  return [
    {
      type: 'input',
      block_id: planView.versionBlock(cluster),
      label: plain(`Version (${cluster} is on ${current})`, 2_000),
      element: {
        type: 'static_select',
        action_id: planView.versionAction,
        placeholder: plain('Choose a version', 150),
        options: shown.map((version) => ({
          ...option(version, noteOn(version, current, newestFirst)),
          value: hopsTo(version, current) > 1 ? `${version} in-hops` : version,
        })),
      },
    },
    ...(hidden > 0
      ? [
          context(
            `${count(hidden, 'older version')} not listed: \`/k8s-upgrade plan ${cluster} 1.2.3\` takes any.`,
          ),
        ]
      : []),
  ];
}

/** Minors on the way; 0 for a patch, and for what is older. */
function hopsTo(version: KubernetesVersion, current: KubernetesVersion): number {
  return Math.max(0, minorNumber(version) - minorNumber(current));
}

/** `newest of 1.34`, so that nobody has to compare numbers. */
function noteOn(
  version: KubernetesVersion,
  current: KubernetesVersion,
  newestFirst: readonly KubernetesVersion[],
): string | undefined {
  const newest = newestFirst.find((other) => minorOf(other) === minorOf(version));
  const hops = hopsTo(version, current);
  const inHops = hops > 1 ? `${hops} hops, one minor at a time` : undefined;
  if (newest !== version) return inHops;
  const line = inHops ?? (hops === 0 ? 'patches of the present minor' : 'the next minor');
  return `newest of ${minorOf(version)} (${line})`;
}

function option(value: string, description?: string): PlainTextOption {
  return {
    text: plain(value, 75),
    value,
    ...(description === undefined ? {} : { description: plain(description, 75) }),
  };
}
