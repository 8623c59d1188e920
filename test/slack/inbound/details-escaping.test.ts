import { expect, test } from 'vitest';
import { Plan } from '../../../src/domain/plan.ts';
import { newRun } from '../../../src/run/record/new-run.ts';
import { detailsModal } from '../../../src/slack/inbound/details-view.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { channel, dana, runId, samplePlan, sampleStep } from '../../support/sample-plan.ts';
import { approvers } from '../../support/stories.ts';

const command = 'kubectl apply -f a.yaml && echo "<done>"';

function runWithAddon() {
  const plan = samplePlan();
  const addon = sampleStep('run-addon', 'cp-1');
  const phases = [
    {
      kind: 'addons',
      batches: [
        {
          turns: [
            {
              subject: { kind: 'cluster' },
              reason: 'configured',
              steps: [
                {
                  ...addon,
                  input: { ...addon.input, action: { kind: 'command', command: ['sh', '-c', command] } },
                },
              ],
            },
          ],
        },
      ],
    },
  ];
  const { run } = newRun({
    id: runId,
    plan: Plan.parse({ ...plan, phases }),
    requestedBy: dana,
    channel,
    now: Date.parse('2026-11-23T09:00:00.000Z'),
    expireAfterMinutes: 60,
  });
  return { run, step: addon };
}

test('the command that is approved is read in the details as it is, escaped once', () => {
  const text = JSON.stringify(detailsModal(runWithAddon().run, 0));
  expect(text).toContain('a.yaml &amp;&amp; echo');
  expect(text).not.toContain('&amp;amp;');
});

test('what a command prints is shown in the thread as it is, escaped once', () => {
  const { run, step } = runWithAddon();
  const [line] = threadLines(
    run,
    [
      {
        run: run.id,
        seq: 2,
        event: { kind: 'step-output', at: run.createdAt, step: step.key, line: 'a && b <c>' },
      },
    ],
    { now: Date.parse(run.createdAt), approvers, backups: '/backups', nameOf: () => undefined },
  );
  expect(JSON.stringify(line)).toContain('a &amp;&amp; b &lt;c&gt;');
});
