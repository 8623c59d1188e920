import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { ClusterName, RunId } from '../../../src/domain/names.ts';
import { version } from '../../../src/domain/version.ts';
import { kubeletNotReady, stories } from '../../support/stories.ts';
import { opsChannel, storyRun } from '../../support/story.ts';
import { desk } from './support.ts';

const cluster = ClusterName.parse('prod-eu');
const finding = (code: string, summary: string, remedy: string): Finding => ({
  code,
  severity: 'blocker',
  objects: [],
  summary,
  facts: {},
  remedy,
});

describe('plan with cluster and version', () => {
  test('says at once that it looks, and the plan itself is left to the channel', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.useCases.answers.propose = async () => ({ status: 'proposed', run: story.run });
    const { answers } = await at.command('plan prod-eu 1.34.9');
    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain('Looking at prod-eu …');
    expect(at.useCases.asked[0]?.request).toMatchObject({ target: { kind: 'exact', version: 'v1.34.9' } });
  });

  test('a refusal names what stands in the way, the remedy, and what would go', async () => {
    const at = await desk();
    at.useCases.answers.propose = async () => ({
      status: 'refused',
      refusal: {
        kind: 'refusal',
        cluster,
        from: version('1.33.13'),
        to: version('1.35.2'),
        instead: version('1.34.9'),
        findings: [
          finding(
            'skew.minor-skipped',
            'kube-apiserver is v1.33.13: one minor at a time.',
            'Plan v1.34.9 first.',
          ),
          finding('node.not-ready', 'w-02 is not Ready.', 'Look at its kubelet.'),
          {
            ...finding('packages.not-held', 'w-02 does not hold its packages.', 'Hold them.'),
            severity: 'warning',
          },
        ],
      },
    });
    const { answers } = await at.command('plan prod-eu 1.35.2');
    expect(answers[1]).toContain('prod-eu cannot go to v1.35.2 yet');
    expect(answers[1]).toContain('2 things stand in the way');
    expect(answers[1]).toContain('→ Look at its kubelet.');
    expect(answers[1]).toContain(
      '1 warning or note beside these: `/k8s-upgrade doctor prod-eu 1.35.2` lists all',
    );
    expect(answers[1]).toContain('docs/runbooks/<code>.md');
    expect(answers[1]).toContain('/k8s-upgrade plan prod-eu 1.34.9');
    expect(answers[1]).toContain('[Plan v1.34.9]');
  });

  test('the button of a refusal plans what would go', async () => {
    const at = await desk();
    await at.click({ id: 'plan.instead' }, 'prod-eu v1.34.9');
    expect(at.useCases.asked[0]?.request).toMatchObject({ cluster, target: { version: 'v1.34.9' } });
    const { answers } = await at.click({ id: 'plan.instead' }, 'prod-eu; rm -rf / v1.34.9');
    expect(answers.at(-1)).toContain('I do not know this button');
    expect(at.useCases.changes).toEqual(['propose']);
  });

  test('a version that is not offered is answered with those that are', async () => {
    const at = await desk();
    at.useCases.answers.propose = async () => ({
      status: 'not-offered',
      cluster,
      wanted: '1.36',
      offered: ['1.33.13', '1.34.9'].map(version),
    });
    const { answers } = await at.command('plan prod-eu 1.36');
    expect(answers[1]).toContain('on offer to all of them: 1.33.13, 1.34.9');
    expect(answers[1]).toContain('Try: `/k8s-upgrade plan prod-eu 1.34.9`');
  });

  test('a cluster that a run holds is answered with the link to it', async () => {
    const at = await desk();
    const story = stories['running-workers']!();
    at.knows(story);
    at.useCases.answers.propose = async () => ({ status: 'busy', run: story.run });
    const { answers } = await at.command('plan prod-eu 1.34.9');
    expect(answers[1]).toContain('held by run `k7f3ab` (running)');
    expect(answers[1]).toContain('https://acme.slack.com/archives/');
  });

  test('a cluster that cannot be looked at is answered with what failed', async () => {
    const at = await desk();
    at.useCases.answers.propose = async () => ({
      status: 'unobservable',
      findings: [finding('cluster.unobservable', 'No API server answers <!channel>', 'See that one does.')],
    });
    const { answers } = await at.command('plan prod-eu 1.34.9');
    expect(answers[1]).toContain('No API server answers');
    expect(JSON.stringify(at.slack.ephemerals)).not.toContain('<!channel>');
  });

  test('an error of the bot is admitted, not swallowed', async () => {
    const at = await desk();
    at.useCases.answers.propose = () => Promise.reject(new Error('disk on fire'));
    const { answers } = await at.command('plan prod-eu 1.34.9');
    expect(answers[1]).toContain('I met an error while planning');
    expect(answers[1]).not.toContain('disk on fire');
  });
});

describe('mistyped and hostile text', () => {
  test('is answered with what was understood, what was wrong, and a line to copy', async () => {
    const at = await desk();
    const { answers } = await at.command('plann prod-eu 1.34.9');
    expect(answers[0]).toContain('I read');
    expect(answers[0]).toContain('/k8s-upgrade plan prod-eu 1.34.9');
    expect(at.useCases.asked).toEqual([]);
  });

  test.each([
    ['shell characters', 'plan prod-eu;reboot 1.34.9'],
    ['substitutions', 'plan $(reboot) `id`'],
    ['mentions and links', 'plan <!channel> <https://evil.example|click>'],
    ['a path', 'status ../../etc/passwd'],
    ['a huge text', `abort ${'x'.repeat(50_000)}`],
    ['invisible characters', '\u202Eplan\u0000 prod-us 1.34.9'],
    ['an escaped mention', '&lt;!everyone&gt; plan'],
  ])('%s change nothing and ring nobody', async (_, text) => {
    const at = await desk();
    const { answers } = await at.command(text);
    expect(answers).toHaveLength(1);
    expect(at.useCases.changes).toEqual([]);
    expect(JSON.stringify(at.slack.ephemerals)).not.toMatch(/<!(channel|everyone|here)|<https/);
  });
});

describe('status', () => {
  test.each([
    [{ status: 'looked', files: 9, bad: [] }, '*Backups* 9 files there and unchanged, looked at just now'],
    [
      {
        status: 'looked',
        files: 9,
        bad: [{ path: '/b/prod-eu/k7f3ab/nodes/w-01.tar.gz', state: 'missing' }],
      },
      '1 of 9 files cannot be used, looked at just now: `nodes/w-01.tar.gz` missing',
    ],
    [{ status: 'looked', files: 0, bad: [] }, 'no way back can be planned'],
    [{ status: 'too-slow' }, 'too large to be read'],
    [{ status: 'gone-on', later: RunId.parse('bbb333') }, 'run `bbb333` went on from here'],
  ] as const)('says what the way back rests on, as it lies there now: %j', async (saved, words) => {
    const at = await desk();
    at.knows(stories['running-workers']!());
    at.useCases.answers.savedNow = async () => saved;
    const { answers } = await at.command(`status ${storyRun}`);
    expect(answers.join('\n')).toContain(words);
  });

  test('shows the run although its backups cannot be looked at', async () => {
    const at = await desk();
    at.knows(stories['running-workers']!());
    at.useCases.answers.savedNow = () => Promise.reject(new Error('the disk is away'));
    const { answers } = await at.command(`status ${storyRun}`);
    expect(answers.join('\n')).toContain('Way back now');
    expect(answers.join('\n')).toContain('could not be looked at just now');
  });

  test('without a run shows the one that is under way, with a link and without buttons', async () => {
    const at = await desk();
    at.knows(stories['running-workers']!());
    const { answers } = await at.command('status');
    expect(answers[0]).toContain('66 %');
    expect(answers[0]).toContain('Open its message');
    expect(answers[0]).not.toContain('[Abort…]');
  });

  test('of a run that is not known here says so', async () => {
    const at = await desk();
    const { answers } = await at.command('status abc234');
    expect(answers[0]).toContain('I know no run `abc234` in this channel');
  });

  test('of a run whose details were removed says how it ended, and where its story is', async () => {
    const at = await desk();
    const story = stories['succeeded']!();
    at.knows(story);
    at.useCases.runsById.clear();
    at.useCases.removed.set(storyRun, story.run);
    for (const asked of ['status', 'output']) {
      const { answers } = await at.command(`${asked} ${storyRun}`);
      expect(answers.at(-1)).toMatch(/prod-eu.*done.*Open/);
      expect(answers.at(-1)).toContain('`store.keepDays`');
    }
  });

  test('of a run of another channel’s cluster says the same', async () => {
    const at = await desk();
    at.knows(stories['halted']!());
    at.useCases.names.set(opsChannel, [ClusterName.parse('staging')]);
    const { answers } = await at.command(`status ${storyRun}`);
    expect(answers[0]).toContain('I know no run');
    expect(answers[0]).not.toContain(kubeletNotReady.code);
  });
});

describe('the other commands', () => {
  test('runs lists them with their links', async () => {
    const at = await desk();
    at.knows(stories['succeeded']!());
    const { answers } = await at.command('runs');
    expect(answers[0]).toContain('✅ *prod-eu: v1.33.13 → v1.34.9* · done');
    expect(answers[0]).toContain('k7f3ab');
  });

  test('clusters shows versions, what holds them, and what could not be looked at', async () => {
    const at = await desk();
    const { run } = stories['running-workers']!();
    at.useCases.answers.clusters = async () => [
      { cluster, version: version('1.33.13'), run },
      { cluster: ClusterName.parse('prod-us'), problem: 'timeout <!here>' },
    ];
    const { answers } = await at.command('clusters');
    expect(answers[1]).toContain('*prod-eu* v1.33.13 · run `k7f3ab` running');
    expect(answers[1]).toContain('*prod-us* 🟠 could not be looked at');
  });

  test.each(['pause', 'resume', 'abort'] as const)(
    '%s asks for it, and passes the answer on',
    async (verb) => {
      const at = await desk();
      at.knows(stories['running-workers']!());
      at.useCases.answers[verb] = async () => ({ status: 'denied', reason: 'You can’t: that is for <@U1>.' });
      const { answers } = await at.command(`${verb} ${storyRun}`);
      expect(at.useCases.changes).toEqual([verb]);
      expect(answers[0]).toContain('that is for');
    },
  );

  test('help, and anything in a channel without clusters, is answered', async () => {
    const at = await desk();
    expect((await at.command('help')).answers[0]).toContain('What I can do');
    at.useCases.names.clear();
    expect((await at.command('runs')).answers[1]).toContain('No cluster is tied to this channel');
  });
});
