import type { KnownBlock, RichTextBlock, TaskCardBlock } from '@slack/types';
import type { WebClient } from '@slack/web-api';

/** A conversation such as the app has, drawn with Block Kit, to see whether the page shows it as it should be read. */

const ops = 'CPRODEUOPS';
const hours = 3_600;

export interface Told {
  readonly plan: string;
  readonly run: string;
}

export async function tellStory(client: WebClient, now = Math.floor(Date.now() / 1000)): Promise<Told> {
  const plan = await client.chat.postMessage({
    channel: ops,
    text: 'prod-eu: v1.33.13 → v1.34.9, plan 7f3a, asked for by @dana',
    blocks: planBlocks(now + hours),
  });
  const run = await client.chat.postMessage({
    channel: ops,
    text: 'prod-eu: v1.33.13 → v1.34.9, 41 %',
    blocks: runBlocks(now),
  });
  const thread = run.ts ?? '';
  for (const text of [
    'cp-2 drained: 14 pods moved in 48 s',
    'cp-2 kubeadm v1.34.9 installed, images pulled (6 of 6)',
    'cp-2 control plane upgraded; etcd 3.6.5, 3 of 3 members healthy, leader is cp-1',
    'cp-2 kubelet v1.34.9 Ready, uncordoned · *9 min*',
  ]) {
    await client.chat.postMessage({ channel: ops, thread_ts: thread, text });
  }
  await client.chat.postMessage({
    channel: ops,
    thread_ts: thread,
    reply_broadcast: true,
    text: 'prod-eu: w-04 is waiting for you',
    blocks: waitingBlocks(),
  });
  return { plan: plan.ts ?? '', run: thread };
}

function planBlocks(expires: number): KnownBlock[] {
  return [
    section('*prod-eu: v1.33.13 → v1.34.9*  ·  plan `7f3a`'),
    context(`asked for by <@U00000DANA>  ·  expires <!date^${expires}^{time}|16:40>  ·  about 1 h 50 min`),
    {
      type: 'section',
      fields: [
        mrkdwn('*Nodes*\n3 control planes, 12 workers'),
        mrkdwn('*etcd*\n3.5.24 → 3.6.5'),
        mrkdwn('*Order*\ncp-2 → cp-3 → cp-1 (etcd leader, last) → addons → w-01 → 2 at a time'),
        mrkdwn('*Before*\netcd snapshot, node files and ConfigMaps saved to `backups/prod-eu`'),
      ],
    },
    section(
      '*Way back*  free until cp-1’s etcd is upgraded (step 21 of 96); after it etcd stays at 3.6 and the rest goes back in about 55 min. No data is lost.',
    ),
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'emoji', name: 'warning' },
            { type: 'text', text: ' 3 warnings', style: { bold: true } },
          ],
        },
        {
          type: 'rich_text_list',
          style: 'bullet',
          elements: [
            item('PDB ', 'shop/db', ' allows 0 disruptions now (needs 2, has 2): w-04 and w-07 will wait'),
            item('1 pod without a controller on ', 'w-02', ' will be deleted'),
            item('apiserver certificate on ', 'cp-3', ' is renewed early (expires in 19 days)'),
          ],
        },
      ],
    },
    { type: 'divider' },
    section('*Approvals 1 of 2*  ·  <@U00000AMIR> at 15:52  ·  <!subteam^SK8SAPPROVERS>, not <@U00000DANA>'),
    {
      type: 'actions',
      block_id: 'decide',
      elements: [
        button('approve', 'Approve', {
          style: 'primary',
          confirm: {
            title: plain('Upgrade prod-eu?'),
            text: mrkdwn('*prod-eu* goes from v1.33.13 to v1.34.9, 15 nodes, about 1 h 50 min.'),
            confirm: plain('Approve'),
            deny: plain('Not yet'),
          },
        }),
        button('reject', 'Reject', { style: 'danger' }),
        button('details', 'Details'),
        {
          type: 'overflow',
          action_id: 'more',
          options: [
            { text: plain('Plan again'), value: 'again' },
            { text: plain('Copy as text'), value: 'copy' },
          ],
        },
      ],
    },
  ];
}

export function runBlocks(now: number): KnownBlock[] {
  return [
    section(':hourglass_flowing_sand: *prod-eu: v1.33.13 → v1.34.9*  ·  41 %'),
    {
      type: 'plan',
      title: 'Running 46 min, about 1 h 5 min left',
      tasks: [
        task('backups', 'Backups', 'complete', '2 min'),
        task('cp-2', 'cp-2', 'complete', '9 min'),
        task('cp-3', 'cp-3', 'complete', '8 min'),
        task(
          'cp-1',
          'cp-1',
          'in_progress',
          '3 min',
          'Waiting for kube-apiserver to come back, normal for up to 5 min',
        ),
        task('addons', 'CoreDNS, kube-proxy', 'pending'),
        task('w-01', 'w-01, canary', 'pending'),
        task('workers', '11 workers, 2 at a time', 'pending'),
      ],
    },
    context(`Way back now: keep etcd, about 25 min  ·  updated <!date^${now}^{time_secs}|now>`),
    {
      type: 'actions',
      elements: [
        button('pause', 'Pause after this step'),
        button('abort', 'Abort…', { style: 'danger' }),
        button('run-details', 'Details'),
      ],
    },
  ];
}

function waitingBlocks(): KnownBlock[] {
  return [
    section(':large_orange_circle: *prod-eu: w-04 is waiting for you* (<@U00000DANA>)  ·  5 min'),
    section(
      'Pod `shop/db-1` may not be evicted: PDB `db` needs 2 healthy and has 2. Its owner is team-payments (<!subteam^SPAYONCALL>).\nEverything else on w-04 has moved. Nothing is broken; the run waits here until 11:15, then skips w-04 and says so.',
    ),
    {
      type: 'actions',
      elements: [
        button('keep-waiting', 'Keep waiting', { style: 'primary' }),
        button('tell-owner', 'Tell @pay-oncall'),
        button('skip', 'Skip w-04'),
        button('delete-pod', 'Delete the pod…', { style: 'danger' }),
      ],
    },
  ];
}

function task(
  id: string,
  title: string,
  status: TaskCardBlock['status'],
  output?: string,
  details?: string,
): TaskCardBlock {
  return {
    type: 'task_card',
    task_id: id,
    title,
    status,
    ...(output === undefined ? {} : { output: rich(output) }),
    ...(details === undefined ? {} : { details: rich(details) }),
  };
}

function rich(text: string): RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] };
}

function item(before: string, code: string, after: string) {
  return {
    type: 'rich_text_section' as const,
    elements: [
      { type: 'text' as const, text: before },
      { type: 'text' as const, text: code, style: { code: true } },
      { type: 'text' as const, text: after },
    ],
  };
}

function button(
  actionId: string,
  text: string,
  more: Partial<Extract<KnownBlock, { type: 'actions' }>['elements'][number]> = {},
) {
  return {
    type: 'button' as const,
    action_id: actionId,
    text: plain(text),
    value: '7f3a',
    ...(more as object),
  };
}

function section(text: string): KnownBlock {
  return { type: 'section', text: mrkdwn(text) };
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [mrkdwn(text)] };
}

function mrkdwn(text: string) {
  return { type: 'mrkdwn' as const, text };
}

function plain(text: string) {
  return { type: 'plain_text' as const, text };
}
