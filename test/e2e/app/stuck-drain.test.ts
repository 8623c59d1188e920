import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenNodes } from '../../../sandbox/demo/nodes.ts';
import type { ShownMessage } from '../../../sandbox/slack/index.ts';
import {
  askForPlan,
  channel,
  newestTs,
  type Stage,
  startStage,
  toldTo,
  untilItSays,
  untilThreadSays,
} from './support/stage.ts';

/** A budget holds up one drain after the other; each test goes on where the last one ended. */
describe('drains that only people can set going again', () => {
  let stage: Stage;
  let run: ShownMessage;
  let runId: string;
  let card: ShownMessage;
  const faults = () => stage.demo.cluster.faults;
  const deleted = () => stage.demo.cluster.journal.effects.filter(({ kind }) => kind === 'delete-pod');
  const inThread = () => ({ threadTs: run.ts }) as const;
  const cardSays = (text: string) =>
    stage.dana.waitForMessage(channel, { ...inThread(), ts: card.ts, text }, 90_000);
  const command = (person: Stage['dana'], line: string) => person.command(channel, `/k8s-upgrade ${line}`);

  beforeAll(async () => {
    stage = await startStage({
      nodes: { controlPlanes: 1, workers: 3 },
      policy: { drain: { patienceSeconds: 5, timeoutSeconds: 300 }, workers: { canary: 0, batch: 1 } },
    });
    await faults().enable('pdb-blocked');
    run = await askForPlan(stage);
    runId = /`([a-hjkmnp-z2-9]{6})`/.exec(run.plain)?.[1] ?? '';
    await stage.amir.click(run, 'run.approve', { confirm: true });
  });
  afterAll(() => stage?.stop());

  it('a card in the channel says which pod, which budget and who owns it', async () => {
    card = await untilThreadSays(stage, run, 'w-01 is waiting for you');
    expect(card.broadcast).toBe(true);
    expect(card.plain).toMatch(
      /may not be evicted: PDB `\w+` needs \d+ healthy and has \d+ \(.*\): 0 may go/,
    );
    expect(card.plain).toContain('Its owner is @pay-oncall');
    const { plain } = await untilItSays(stage, run, 'waits for people (1 node)');
    expect(plain).toMatch(/Needed @dana: w-01 waits since/);
  });

  it('the owner is called, by a press of anybody who may run upgrades', async () => {
    await stage.sam.click(card, 'wait.tell-owner');
    const told = await untilThreadSays(stage, run, '👋 @pay-oncall');
    expect(told.plain).toContain('@sam asks you about pod');
  });

  it('a pod is deleted past its budget when a second person agrees, also after the bot was killed in between', async () => {
    const pod = /Pod `(shop\/[\w-]+)`/.exec(card.plain)?.[1];
    await stage.dana.click(card, 'wait.delete-pod', { confirm: true });
    await untilThreadSays(stage, run, /@dana wants to delete pod[\s\S]*A second person has to agree/);
    await cardSays('Awaited: a second person');
    await toldTo(stage.sam, () => stage.sam.click(card, 'wait.agree', { confirm: true }), 'You can’t');
    await stage.demo.app.kill();
    expect(deleted()).toEqual([]);
    await stage.demo.app.start();
    await stage.li.click(card, 'wait.agree', { confirm: true });
    await cardSays(`@dana and @li: delete pod \`${pod}\` on w-01`);
    await expect.poll(() => deleted().map(({ subject }) => subject)).toContain(pod);
  });

  it('more pods of the node are asked about on the same card or the next; the node is skipped with a reason', async () => {
    const { after } = await newestTs(stage.dana);
    expect(after).toBeDefined();
    await command(stage.dana, `skip ${runId} w-01`);
    await stage.dana.waitForMessage(channel, { ephemeral: true, text: 'Say why' }, 60_000);
    await command(stage.dana, `skip ${runId} w-01 Its disk is replaced tomorrow`);
    await untilThreadSays(stage, run, 'skip w-01: Its disk is replaced tomorrow');
    await cardSays('is skipped by @dana: Its disk is replaced tomorrow');
  });

  it('the run is handed over; the new owner is the one who is called', async () => {
    await toldTo(stage.dana, () => command(stage.dana, `handover ${runId} @li`), 'Handed over');
    const said = await untilThreadSays(stage, run, 'handed this run over to @li');
    expect(said.plain).toContain('@dana');
    card = await untilThreadSays(stage, run, 'w-02 is waiting for you');
    expect(card.plain).toContain('w-02 is waiting for you (@li)');
  });

  it('keep waiting moves the moment at which the run would stop', async () => {
    await stage.li.click(card, 'wait.keep-waiting');
    await cardSays('@li: keep waiting for w-02');
    await toldTo(stage.li, () => command(stage.li, `extend ${runId} 2h`), 'more time');
    await cardSays('at least 2 h more');
  });

  it('a stopped drain halts the run with its choices; when the budget opens, Retry goes on', async () => {
    await stage.li.click(card, 'wait.stop', { confirm: true });
    const halted = await untilItSays(stage, run, /stopped at w-02[\s\S]*More choices/);
    expect(halted.plain).toContain('Retry');
    await cardSays('stopped at w-02');
    await faults().disable('pdb-blocked');
    await command(stage.li, `retry ${runId}`);
    await cardSays('is tried again, by @li');
    await untilThreadSays(stage, run, 'w-02 back at work');
  });

  it('the end names the node that was left out, and that it is still cordoned', async () => {
    const { plain } = await untilItSays(stage, run, 'is on v1.34.9');
    expect(plain).toMatch(/Left out w-01 .*cordoned/);
    expect(plain).toContain('Still cordoned: w-01');
    expect(plain).toMatch(
      /Waits .*@dana and @li: delete pod .*@dana: skip w-01 \(Its disk is replaced tomorrow\)/,
    );
    const cordoned = seenNodes(stage.demo.cluster).flatMap(({ name, cordoned: is }) => (is ? [name] : []));
    expect(cordoned).toEqual(['w-01']);
  });
});
