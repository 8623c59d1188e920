import type { ModalView, View } from '@slack/types';
import { beforeEach, expect, test } from 'vitest';
import { instant, NodeName, type StepKey } from '../../../src/domain/names.ts';
import type { ActRecord, OutputPiece } from '../../../src/ports/output-store.ts';
import { buttonValue } from '../../../src/slack/buttons.ts';
import { aptLocked, is, realPlan, stories } from '../../support/stories.ts';
import { beginning, people, Story, storyRun } from '../../support/story.ts';
import { desk } from './support.ts';

const at = instant(beginning);

function act(step: StepKey, node: string, more: Partial<ActRecord> = {}): ActRecord {
  return {
    base: `${storyRun}:${step}`,
    attempt: 1,
    run: storyRun,
    step,
    node: NodeName.parse(node),
    purpose: 'installing kubelet',
    beganAt: at,
    ending: { status: 'exited', code: 100, at: instant(beginning + 48_000) },
    ...more,
  };
}

function printed(lines: readonly string[], from = 0): OutputPiece {
  return { from, to: from + Buffer.byteLength(lines.join('\n')) + 1, at, lines };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1} …`);
const shown = (view: View | undefined): string => JSON.stringify((view as ModalView | undefined)?.blocks);

/** A run that stopped at the packages of w-01, and the output of its two workers. */
async function scene() {
  const d = await desk();
  const story = new Story(realPlan()).approve(people.amir, people.li).begin();
  const isInstall = is('install-kubelet', 'w-01');
  story.until(isInstall, 5);
  const { key } = story.step(isInstall);
  story.start(story.step(isInstall)).wait(48);
  const failure = { ...aptLocked, retry: 'halt' as const };
  story.tell(
    { kind: 'step-failed', step: key, attempt: 1, failure },
    { kind: 'run-halted', step: key, failure },
  );
  d.knows(story);
  const kubeadm = story.step(is('install-kubeadm', 'cp-1')).key;
  d.useCases.printed.push(
    {
      act: act(kubeadm, 'cp-1', { ending: { status: 'exited', code: 0, at } }),
      pieces: [printed(['of cp-1'])],
    },
    { act: act(key, 'w-01'), pieces: [printed(numbered(300))] },
  );
  return { ...d, story, key, view: () => d.slack.views.get('V1') };
}

let here: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  here = await scene();
});

test('the button shows what the step that stopped printed, from its end, page by page', async () => {
  const { story } = here;
  await here.click('output', buttonValue(story.run, 'output'));
  expect(shown(here.view())).toContain('line 300 …');
  expect(shown(here.view())).toContain('lines 241 to 300 of 300 · page 5 of 5');
  expect(shown(here.view())).toContain('exit status 100 after 48 s');
  expect(shown(here.view())).not.toContain('of cp-1');
  await here.inView('V1', { id: 'output.page.back', value: '3' });
  expect(shown(here.view())).toContain('lines 181 to 240 of 300 · page 4 of 5');
  await here.inView('V1', { id: 'output.page.first', value: '0' });
  expect(shown(here.view())).toContain('line 1 …');
  await here.inView('V1', { id: 'output.page.last', value: '99999' });
  expect(shown(here.view())).toContain('page 5 of 5');
});

test('every line of a long output is on exactly one page', async () => {
  const { story } = here;
  await here.click('output', buttonValue(story.run, 'output'));
  const seen: string[] = [];
  for (let page = 0; page < 5; page += 1) {
    await here.inView('V1', { id: 'output.page.on', value: String(page) });
    seen.push(...(shown(here.view()).match(/line \d+ …/g) ?? []));
  }
  expect(seen).toEqual(numbered(300));
});

test.each([
  ['output', 'line 300 …'],
  ['output k7f3ab', 'line 300 …'],
  ['output k7f3ab w-01', 'line 300 …'],
  ['output k7f3ab cp-1', 'of cp-1'],
  ['output k7f3ab install-kubeadm', 'of cp-1'],
])('%s opens it, too', async (text, line) => {
  here.useCases.answers.presentRun = async () => here.story.run;
  const { answers } = await here.command(text);
  expect(answers).toEqual([]);
  expect(shown(here.view())).toContain(line);
});

test('another command is chosen from a list, the newest first', async () => {
  await here.command('output k7f3ab');
  expect(shown(here.view())).toContain('2 commands');
  const select = shown(here.view());
  expect(select.indexOf('w-01 · install kubelet')).toBeLessThan(select.indexOf('cp-1 · install kubeadm'));
  const value = /cp-1 · install kubeadm[^}]*\},"value":"([0-9a-f]{8})"/.exec(select)?.[1];
  await here.inView('V1', { id: 'output.act', option: value ?? '' });
  expect(shown(here.view())).toContain('of cp-1');
});

test('what is not there is said, with what is and with what was probably meant', async () => {
  expect((await here.command('output k7f3ab w-1')).answers.at(-1)).toMatch(
    /called `w-1`.*cp-1 and w-01.*Try: `\/k8s-upgrade output k7f3ab w-01`/s,
  );
  expect((await here.command('output zzzzzz')).answers.at(-1)).toContain('I know no run `zzzzzz`');
  here.useCases.printed.length = 0;
  expect((await here.command('output k7f3ab')).answers.at(-1)).toContain(
    'No command of run `k7f3ab` has printed anything yet',
  );
});

test('what a machine prints mentions nobody, hides nothing and is masked', async () => {
  here.useCases.printed.push({
    act: act(here.key, 'w-01', { attempt: 2 }),
    pieces: [
      printed(['<!channel> & <@U1> ```', 'token abcdef.0123456789abcdef', 'a\u202eb', 'x'.repeat(4_000)]),
      printed(['after'], 500_000),
    ],
  });
  await here.command('output k7f3ab');
  const text = shown(here.view());
  expect(text).toContain('<!channel> & <@U1> ```');
  expect(text).not.toContain('0123456789abcdef');
  expect(text).toContain('ab');
  expect(text).toMatch(/… \d+ KB left out …/);
  expect(text).toMatch(/x{999}…/);
});

test('a command that still runs is asked for its newest lines, and again on a press', async () => {
  const d = await desk();
  const story = stories['stuck']!();
  d.knows(story);
  const { ending: _, ...running } = act(story.run.halt?.step ?? here.key, 'cp-3');
  const pieces = [printed(['before'])];
  d.useCases.printed.push({ act: running, pieces });
  let times = 0;
  d.useCases.refresh = () => {
    times += 1;
    pieces.push(printed([`newest ${times}`], 100 * times));
    return times < 3;
  };
  await d.click('output', buttonValue(story.run, 'output'));
  expect(shown(d.slack.views.get('V1'))).toContain('newest 1');
  await d.inView('V1', { id: 'output.page.anew', value: '1000000' });
  expect(shown(d.slack.views.get('V1'))).toContain('newest 2');
  expect(shown(d.slack.views.get('V1'))).not.toContain('could not be asked');
  await d.inView('V1', { id: 'output.page.anew', value: '1000000' });
  expect(shown(d.slack.views.get('V1'))).toContain('cp-3 could not be asked for its newest lines');
});

test('a modal leads nobody to runs of channels that they are not in', async () => {
  const { story, users } = here;
  await here.click('output', buttonValue(story.run, 'output'));
  const before = shown(here.view());
  users.set(people.sam, { isGuest: true });
  await here.inView('V1', { id: 'output.page.first', value: '0' }, people.sam);
  expect(shown(here.view())).toBe(before);
});
