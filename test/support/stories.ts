import { readFileSync } from 'node:fs';
import type { Approvers } from '../../src/config.ts';
import type { Standstill } from '../../src/domain/blockage.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { NodeName, UserGroupId } from '../../src/domain/names.ts';
import { Plan } from '../../src/domain/plan.ts';
import { Policy } from '../../src/domain/policy.ts';
import { nodeOf, type StepKind } from '../../src/domain/step.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { type Chronicle, emptyChronicle, told } from '../../src/slack/projection/chronicle.ts';
import type { ProjectionContext } from '../../src/slack/projection/context.ts';
import { type SnapshotOptions, snapshotOf } from './snapshots.ts';
import { people, Story } from './story.ts';

export const approvers: Approvers = { group: UserGroupId.parse('S0APPROVERS'), users: [] };

/** `w-01`, `w-02` … */
export function workers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `w-${String(index + 1).padStart(2, '0')}`);
}

/**
 * Three control planes, twelve workers, two at a time, two approvals, as the planner once planned it. A file, so that
 * what messages look like does not change with the planner.
 */
export const recordedPlan: Plan = Plan.parse(
  JSON.parse(readFileSync(new URL('../slack/projection/plans/prod-eu.json', import.meta.url), 'utf8')),
);

/** The same cluster, or another one, planned now. */
export function realPlan(snapshot: SnapshotOptions = {}, policy: Record<string, unknown> = {}): Plan {
  const taken = snapshotOf({
    controlPlanes: ['cp-1', 'cp-2', 'cp-3'],
    workers: workers(12),
    version: 'v1.33.13',
    offered: ['v1.33.13', 'v1.34.9'],
    ...snapshot,
  });
  const planned = planUpgrade(
    { cluster: taken.cluster, target: version('v1.34.9') },
    taken,
    Policy.parse({ workers: { batch: 2 }, approvals: { needed: 2 }, ...policy }),
  );
  if (planned.kind !== 'plan') throw new Error(planned.findings.map(({ summary }) => summary).join('\n'));
  return planned;
}

export const kubeletNotReady: Failure = {
  code: 'node.kubelet-not-ready',
  message: 'w-05: the kubelet did not become ready at v1.34.9 in 300 s: it is not Ready.',
  facts: {},
  lastWords: ['failed to run Kubelet: unknown flag: --pod-infra-container-image'],
  retry: 'halt',
};

export const kubeadmStillRuns: Failure = {
  code: 'command.still-running',
  message: 'cp-3: kubeadm upgrade node still runs after 5400 s, and goes on.',
  facts: {},
  lastWords: ['[upgrade/staticpods] Waiting for the kubelet to restart the component'],
  retry: 'halt',
  act: { node: NodeName.parse('cp-3'), base: 'k7f3ab:v1.34.9:cp-3:upgrade-control-plane', attempt: 1 },
};

export const pdbBlocked: Failure = {
  code: 'drain.pdb-blocked',
  message: 'w-04: pod shop/db-1 may not be evicted: PDB shop/db needs 2 healthy pods and has 2.',
  facts: { pdb: 'shop/db' },
  lastWords: [],
  retry: 'halt',
};

/** What holds up the drain of w-04: a budget without room, and a pod that does not end. */
export function standstillAt(story: Pick<Story, 'in'>): Standstill {
  return {
    blockages: [
      {
        namespace: 'shop',
        name: 'db-1',
        uid: 'uid-db-1',
        reason: 'budget',
        message: 'The disruption budget db needs 2 healthy pods and has 2 currently',
        since: story.in(-300),
        budgets: [
          {
            namespace: 'shop',
            name: 'db',
            minAvailable: '2',
            desiredHealthy: 2,
            currentHealthy: 2,
            expectedPods: 2,
            disruptionsAllowed: 0,
          },
        ],
        owner: { text: '<!subteam^S0PAYONCALL>', source: 'the configuration' },
        workload: { kind: 'StatefulSet', namespace: 'shop', name: 'db', replicas: 2 },
      },
      {
        namespace: 'batch',
        name: 'report-7',
        uid: 'uid-report-7',
        reason: 'terminating',
        message: 'its eviction was accepted, and it has not ended',
        since: story.in(-280),
        budgets: [],
        owner: { text: 'team-<reports>', source: 'label team of the pod' },
      },
    ],
    moved: 12,
    left: 2,
    since: story.in(-300),
    until: story.in(1_500),
  };
}

export const aptLocked: Failure = {
  code: 'packages.locked',
  message: 'w-02: another package operation holds the lock.',
  facts: {},
  lastWords: [],
  retry: 'transient',
};

export const is = (kind: StepKind, node?: string) => (step: Parameters<typeof nodeOf>[0]) =>
  step.kind === kind && (node === undefined || nodeOf(step) === node);

/** Stories of the same run, each told until one of its states. */
export const stories: Readonly<Record<string, () => Story>> = {
  proposed: () => new Story(recordedPlan),
  'proposed-one-approval': () =>
    new Story(recordedPlan).wait(60).tell({
      kind: 'approval-given',
      by: people.amir,
      digest: recordedPlan.digest,
    }),
  approved: () => new Story(recordedPlan).approve(people.amir, people.li),
  'running-control-plane': () => {
    const story = running().until(is('upgrade-control-plane', 'cp-3'));
    return story.start(story.step(is('upgrade-control-plane', 'cp-3'))).wait(100);
  },
  'running-workers': () => {
    const story = running().until(is('drain-node', 'w-04'));
    story.start(story.step(is('drain-node', 'w-04'))).start(story.step(is('back-up-node-files', 'w-05')));
    story.wait(40).tell({
      kind: 'step-noted',
      step: story.step(is('drain-node', 'w-04')).key,
      text: '9 of 12 pods have moved; waiting for shop/db-1',
    });
    return story;
  },
  blocked: () => {
    const story = running().until(is('drain-node', 'w-04'));
    const { key } = story
      .start(story.step(is('drain-node', 'w-04')))
      .wait(300)
      .step(is('drain-node', 'w-04'));
    return story.tell({ kind: 'step-blocked', step: key, failure: pdbBlocked }).wait(10);
  },
  standstill: () => standstill(),
  'standstill-node-away': () => standstill({ nodeAway: 'not Ready (Kubelet stopped posting node status)' }),
  'standstill-second-awaited': () => {
    const story = standstill();
    const { key } = story.step(is('drain-node', 'w-04'));
    const at = story.in(0);
    return story
      .tell(
        { kind: 'owner-told', by: people.dana, step: key, pod: db1, owner: '<!subteam^S0PAYONCALL>' },
        {
          kind: 'answer-given',
          step: key,
          number: 1,
          answer: { kind: 'keep-waiting', at, by: people.sam, seconds: 1_800 },
        },
        {
          kind: 'answer-given',
          step: key,
          number: 2,
          answer: { kind: 'delete-pod', at, by: people.dana, ...db1 },
        },
      )
      .wait(30);
  },
  'standstill-agreed': () => {
    const story = stories['standstill-second-awaited']?.() ?? standstill();
    const step = story.step(is('drain-node', 'w-04'));
    story.tell({ kind: 'answer-seconded', by: people.li, step: step.key, number: 2 }).wait(4);
    return story.tell({ kind: 'step-unblocked', step: step.key }).wait(2);
  },
  'standstill-stopped': () => {
    const story = standstill();
    const { key } = story.step(is('drain-node', 'w-04'));
    return story
      .wait(1_500)
      .tell(
        { kind: 'step-failed', step: key, attempt: 1, failure: pdbBlocked },
        { kind: 'run-halted', step: key, failure: pdbBlocked },
      );
  },
  retrying: () => {
    const story = running().until(is('install-kubeadm', 'w-02'));
    const step = story.step(is('install-kubeadm', 'w-02'));
    story.start(step).wait(30);
    return story.tell({
      kind: 'step-failed',
      step: step.key,
      attempt: 1,
      failure: aptLocked,
      retryAt: story.in(120),
    });
  },
  pausing: () => {
    const story = stories['running-workers']?.() ?? running();
    return story.tell({ kind: 'pause-requested', by: people.li }).wait(5);
  },
  paused: () =>
    running()
      .until(is('back-up-node-files', 'w-02'))
      .tell({ kind: 'pause-requested', by: people.li }, { kind: 'run-paused' })
      .wait(600),
  halted: () => haltedStory(),
  stuck: () => {
    const story = running().until(is('upgrade-control-plane', 'cp-3'));
    const step = story.step(is('upgrade-control-plane', 'cp-3'));
    story.start(step).wait(5_400);
    return story.tell(
      { kind: 'step-output', step: step.key, line: '[upgrade/staticpods] Waiting for `etcd` <!channel>' },
      { kind: 'step-failed', step: step.key, attempt: 1, failure: kubeadmStillRuns },
      { kind: 'run-halted', step: step.key, failure: kubeadmStillRuns },
    );
  },
  aborting: () => haltedStory().tell({ kind: 'abort-requested', by: people.amir }).wait(3),
  aborted: () =>
    haltedStory().tell({ kind: 'abort-requested', by: people.amir }).wait(3).tell({ kind: 'run-aborted' }),
  succeeded: () => {
    const story = haltedStory();
    const step = story.step(is('restart-kubelet', 'w-05'));
    story.wait(240).tell({ kind: 'decision-made', by: people.amir, choice: 'retry', step: step.key });
    story.start(step).wait(20).succeed(step);
    story.tell({ kind: 'run-taken-up', fence: 2 });
    return story.until(() => false).tell({ kind: 'run-succeeded' });
  },
  'succeeded-with-a-node-left-out': () => {
    const story = haltedStory();
    const step = story.step(is('restart-kubelet', 'w-05'));
    story.wait(240).tell({ kind: 'decision-made', by: people.amir, choice: 'skip', step: step.key });
    for (const kind of ['verify-node', 'uncordon-node'] as const) {
      const { key } = story.step(is(kind, 'w-05'));
      story.tell({ kind: 'step-skipped', step: key, by: people.amir, reason: `with ${step.key}` });
    }
    return story.until(() => false).tell({ kind: 'run-succeeded' });
  },
  rejected: () => new Story(recordedPlan).wait(300).tell({ kind: 'run-rejected', by: people.li }),
  expired: () => new Story(recordedPlan).wait(3_600).tell({ kind: 'run-expired' }),
  voided: () =>
    new Story(recordedPlan).wait(900).tell({
      kind: 'run-voided',
      reason:
        'The cluster is not as the plan found it: a node, a version or an etcd member has changed since.',
    }),
};

function running(): Story {
  return new Story(recordedPlan).approve(people.amir, people.li).begin();
}

export const db1 = { namespace: 'shop', name: 'db-1', uid: 'uid-db-1' };

/** A drain in which nothing has moved for five minutes, and that says so. */
function standstill(more: Partial<Standstill> = {}): Story {
  const story = running().until(is('drain-node', 'w-04'));
  const step = story.step(is('drain-node', 'w-04'));
  story.start(step).wait(300);
  return story
    .tell({
      kind: 'step-blocked',
      step: step.key,
      failure: pdbBlocked,
      standstill: { ...standstillAt(story), ...more },
    })
    .wait(10);
}

function haltedStory(): Story {
  const story = running().until(is('restart-kubelet', 'w-05'));
  const step = story.step(is('restart-kubelet', 'w-05'));
  story.start(step).wait(300);
  return story.tell(
    { kind: 'step-failed', step: step.key, attempt: 1, failure: kubeletNotReady },
    { kind: 'run-halted', step: step.key, failure: kubeletNotReady },
  );
}

export function chronicleOf(story: Pick<Story, 'events'>): Chronicle {
  return told(emptyChronicle, story.events);
}

const names = new Map(Object.entries(people).map(([name, id]) => [id, `@${name}`]));

export function contextOf(
  story: Pick<Story, 'now'>,
  extra: Partial<ProjectionContext> = {},
): ProjectionContext {
  return {
    now: story.now,
    approvers,
    backups: '/var/lib/k8s-upgrade-bot/backups',
    nameOf: (user) => names.get(user),
    ...extra,
  };
}
