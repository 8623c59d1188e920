import type { RunId } from '../../domain/names.ts';
import { hasEnded } from '../../domain/run.ts';
import type { Trouble } from '../../domain/trouble.ts';
import type { Telling } from '../../ports/run-store.ts';
import { type Chunk, chunkMessage, nextChunk } from '../projection/chunks.ts';
import type { Pressed } from '../projection/context.ts';
import { runCard } from '../projection/run-card.ts';
import { createBackOff } from './back-off.ts';
import { createCards } from './cards.ts';
import type { Shared } from './deps.ts';
import { editWaitMs, isMoving, type Shown, type View } from './edit-wait.ts';
import { createElsewhere } from './elsewhere.ts';
import { contextFor, type Manuscript, readOn, settled, toldUpTo } from './manuscript.ts';
import { again, atOnce, type Next, over, type Teller } from './next.ts';
import { createOutputFiles } from './output-files.ts';
import { sendCard } from './parent-message.ts';
import { createPlanFile } from './plan-file.ts';
import { remedyFor } from './refusals.ts';
import { atStake, createSuccession } from './succession.ts';
import { afterSearch, beginning, createSearch, isLost, isUnsure, markOf } from './unsure.ts';

/** A commit that nobody announced is found all the same. */
const pollMs = 60_000;
/** A click that was never answered does not hide the buttons for ever. */
const pressedTtlMs = 60_000;

export function createTeller(shared: Shared, id: RunId): Teller {
  const { deps, pace, pacer, time } = shared;
  const { store, messenger, log } = deps;

  let manuscript: Manuscript | undefined;
  let stale = true;
  let lastRead = Number.NEGATIVE_INFINITY;
  let shown: Shown | undefined;
  let trouble: Trouble | undefined;
  let pressed: { by: Pressed; until: number } | undefined;
  const backOff = createBackOff(shared, id);
  /** After a post that nobody answered: an edit, which can be repeated, goes first to find out whether Slack is back. */
  let doubtful = false;
  const search = createSearch(shared);

  const cards = createCards(shared, {
    async keep(telling) {
      await save(telling);
      return atOnce;
    },
    setBack: (outcome) => backOff.after(outcome, (until) => pacer.holdEdits(until)),
  });

  const planFile = createPlanFile(shared, save);
  const outputFiles = createOutputFiles(shared, save);
  const succession = createSuccession();
  const callElsewhere = createElsewhere(shared);

  const viewAt = (now: number): View => ({
    pressed: pressed !== undefined && pressed.until > now ? pressed.by : undefined,
    trouble,
  });

  async function turn(flushing: boolean): Promise<Next> {
    const now = time();
    const heldMs = backOff.heldMs(now);
    if (heldMs > 0) return flushing ? over : again(heldMs);
    if (now - lastRead >= pollMs) stale = true;
    if (stale && now - lastRead >= pace.refreshGapMs) {
      stale = false;
      lastRead = now;
      manuscript = await readOn(deps, id, manuscript).catch((error: unknown) => {
        stale = true;
        throw error;
      });
    }
    const current = manuscript;
    if (current === undefined) return over;
    const unsure = isUnsure(current.telling);
    if (current.telling.parentTs === undefined) return unsure ? settle(current) : postParent(current, now);

    const chunk = nextChunk(current.lines) ?? cards.missing(current);
    const refusedMs = succession.waitMs(now, atStake(current));
    const edit = editWaitMs(shared, current, shown, { ...viewAt(now), now, flushing, doubtful, refusedMs });
    const post =
      chunk === undefined || (chunk.needed && cards.hasEnding(current))
        ? Number.POSITIVE_INFINITY
        : postWaitMs(current, chunk, now);
    if (edit === 0) return editParent(current, current.telling.parentTs, now);
    if (unsure && !doubtful) return settle(current);
    const card = doubtful ? undefined : cards.due(current, now, flushing);
    if (card?.waitMs === 0) return card.edit();
    const file = doubtful || flushing ? undefined : planFile.dueInMs(current, now);
    if (file === 0) return planFile.put(current, current.telling.parentTs).then(() => atOnce);
    if (chunk !== undefined && post === 0) return postChunk(current, chunk, current.telling.parentTs, now);
    // After the lines that say what happened.
    const isTold = chunk === undefined && !doubtful && !flushing;
    const output = isTold ? outputFiles.dueInMs(current, now) : undefined;
    if (output === 0) return outputFiles.put(current, current.telling.parentTs).then(() => atOnce);
    if (
      chunk === undefined &&
      card === undefined &&
      isShown(current) &&
      current.telling.toldSeq < current.chronicle.seq
    ) {
      await save({ ...current.telling, toldSeq: current.chronicle.seq });
      return atOnce;
    }
    const settled = card === undefined && chunk === undefined && output === undefined;
    if (settled && (isOver(current) || (flushing && !stale && isShown(current)))) return over;
    const read = (stale ? pace.refreshGapMs : pollMs) - (now - lastRead);
    const unpress = pressed === undefined ? Number.POSITIVE_INFINITY : pressed.until - now;
    const waits = [
      edit,
      post,
      read,
      card?.waitMs ?? Number.POSITIVE_INFINITY,
      file ?? Number.POSITIVE_INFINITY,
      output ?? Number.POSITIVE_INFINITY,
      ...(unpress > 0 ? [unpress] : []),
    ];
    return again(Math.max(1, Math.min(...waits)));
  }

  /** Milliseconds until the chunk may be posted: what needs people is posted once the parent shows it, too. */
  function postWaitMs(current: Manuscript, chunk: Chunk, now: number): number {
    const parentBehind = doubtful || (chunk.needed && (shown?.seq ?? 0) < chunk.lastSeq);
    return parentBehind ? Number.POSITIVE_INFINITY : pacer.postWaitMs(current.telling.channel, now);
  }

  async function postParent(current: Manuscript, now: number): Promise<Next> {
    const { channel } = current.telling;
    const wait = pacer.postWaitMs(channel, now);
    if (wait > 0) return again(wait);
    const view = viewAt(now);
    const begun = beginning(current.telling, deps.clock.now());
    await save(begun);
    const outcome = await sendCard(shared, card(current, view), (message) => {
      pacer.posted(channel, time());
      return messenger.post(channel, message, undefined, markOf(begun));
    });
    if (outcome.status !== 'posted') {
      if (!isLost(outcome)) await save(current.telling);
      return backOff.after(outcome, (until) => pacer.holdPosts(channel, until));
    }
    recovered(current, view);
    await save({ ...current.telling, parentTs: outcome.ts });
    return atOnce;
  }

  async function editParent(current: Manuscript, ts: string, now: number): Promise<Next> {
    const { channel } = current.telling;
    const view = viewAt(now);
    const outcome = await sendCard(shared, card(current, view), (message) => {
      pacer.edited(time());
      return messenger.update(channel, ts, message);
    });
    if (outcome.status === 'posted') {
      recovered(current, view);
      return atOnce;
    }
    if (outcome.status === 'refused' && remedyFor(outcome.error) === 'post-anew') {
      // An answer all the same: what was posted before it is not in doubt any more.
      doubtful = false;
      return succession.isDue(now, atStake(current)) ? loseParent(current) : atOnce;
    }
    if (outcome.status === 'refused') await callElsewhere(current, outcome.error);
    return backOff.after(outcome, (until) => pacer.holdEdits(until));
  }

  async function postChunk(current: Manuscript, chunk: Chunk, ts: string, now: number): Promise<Next> {
    const { telling, missing } = current;
    const { channel } = telling;
    const hold = (until: number) => pacer.holdPosts(channel, until);
    const begun = beginning(telling, deps.clock.now(), chunk.lastSeq);
    await save(begun);
    pacer.posted(channel, now);
    const posted = cards.posting(current, chunk);
    const thread = { ts, broadcast: chunk.broadcast && !posted.isLate };
    const outcome = await posted.send(chunkMessage(chunk, missing), (message) =>
      messenger.post(channel, message, thread, markOf(begun)),
    );

    if (outcome.status === 'posted') {
      backOff.answered();
      return keep(toldUpTo(current, chunk.lastSeq, 0, posted.kept(outcome.ts)));
    }
    if (isLost(outcome)) {
      doubtful = true;
      return backOff.after(outcome, hold);
    }
    await save(telling);
    if (outcome.status !== 'refused') return backOff.after(outcome, hold);
    switch (remedyFor(outcome.error)) {
      case 'post-anew':
        if (succession.isDue(now, atStake(current))) return loseParent(current);
        return backOff.after(outcome, hold);
      case 'simplify':
        log.error({ run: id, error: outcome.error }, 'slack refuses a thread message, it is left out');
        return keep(toldUpTo(current, chunk.lastSeq, missing + chunk.lines.length));
      case 'wait':
      default:
        return backOff.after(outcome, hold);
    }
  }

  /** Finds out what became of a post that nobody confirmed. */
  async function settle(current: Manuscript): Promise<Next> {
    const sought = await search(current.telling);
    if (sought.status === 'unavailable') return backOff.after(sought, () => undefined);
    return keep(afterSearch(current, sought, cards.missing(current)?.card));
  }

  async function keep(next: Manuscript): Promise<Next> {
    manuscript = next;
    await save(next.telling);
    return atOnce;
  }

  /** The parent is gone, deleted by somebody: the run gets a new one, and its thread goes on there. */
  async function loseParent(current: Manuscript): Promise<Next> {
    log.warn({ run: id }, 'the message of a run is gone, a new one takes its place');
    const { parentTs: _, cards: __, planFile: ___, ...telling } = settled(current.telling);
    shown = undefined;
    await save(telling);
    return atOnce;
  }

  async function save(telling: Telling): Promise<void> {
    if (manuscript !== undefined) manuscript = { ...manuscript, telling };
    await store.saveTelling(telling);
  }

  function recovered({ run, chronicle }: Manuscript, view: View): void {
    backOff.answered();
    doubtful = false;
    shown = { ...view, seq: chronicle.seq, at: time(), status: run.status };
  }

  function card(current: Manuscript, view: View) {
    return runCard(
      current.run,
      current.chronicle,
      contextFor(deps, current.run, { ...view, links: current.links }),
    );
  }

  function isShown(current: Manuscript): boolean {
    return shown !== undefined && shown.seq >= current.chronicle.seq;
  }

  function isOver(current: Manuscript): boolean {
    const allTold = isShown(current) && current.telling.toldSeq >= current.chronicle.seq;
    return hasEnded(current.run) && allTold && !stale && pressed === undefined;
  }

  return {
    turn,
    touch() {
      stale = true;
    },
    hasNews: () => stale,
    isBusy: () => manuscript !== undefined && isMoving(manuscript.run),
    trouble(present) {
      // The same again is no news.
      if (JSON.stringify(present) !== JSON.stringify(trouble)) trouble = present;
    },
    press(by) {
      const mine = { by, until: time() + pressedTtlMs };
      pressed = mine;
      return () => {
        if (pressed === mine) pressed = undefined;
      };
    },
  };
}
