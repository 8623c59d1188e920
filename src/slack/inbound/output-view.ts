import { createHash } from 'node:crypto';
import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { z } from 'zod';
import { RunId } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { ActRecord } from '../../ports/output-store.ts';
import { actions, context, limits, plain, preformatted, section } from '../blocks/elements.ts';
import { actEnding, actName, outputLines, type PrintedAct } from '../output/act-lines.ts';
import { outputCommand } from '../output/instead-of-file.ts';
import { route } from '../projection/title.ts';
import { count } from '../text/fold.ts';
import { momentWithSeconds } from '../text/moment.ts';
import { clipped, code, escaped } from '../text/untrusted.ts';

/** What commands of a run printed, one at a time, in pages. */
export const outputView = {
  pageAction: 'output.page',
  actAction: 'output.act',
} as const;

/** Where an open modal stands. `about`: the node or step that it was opened for; `act`: a nonce of the one it shows. */
export const OutputData = z.strictObject({
  run: RunId,
  about: z.string().max(253).optional(),
  act: z.string().max(8),
  page: z.number().int().min(0),
});
export type OutputData = z.infer<typeof OutputData>;

/** A page is read on a phone, too: far within what Slack takes of a view (100 blocks, 250 kB). */
const linesOfPage = 60;
const charsOfPage = 6_000;
/** A line beyond this is cut in the modal, and says so; the file in the thread has it whole. */
const longestLine = 1_000;
const charsOfBlock = 2_800;

/** Slack: a select has at most 100 options, of 75 characters. */
const maxOptions = 100;
const optionText = 75;

export const actNonce = ({ base, attempt }: Pick<ActRecord, 'base' | 'attempt'>): string =>
  createHash('sha256').update(`${base}\n${attempt}`).digest('hex').slice(0, 8);

/**
 * One page of what an act printed.
 * @param of all acts that can be chosen, oldest first; the one that is shown among them
 * @param wanted the page from 0; beyond the last one it is the last, where the newest lines are
 * @param note what is being done, such as asking the node
 */
export function outputModal(
  run: Run,
  of: readonly ActRecord[],
  printed: PrintedAct,
  wanted: number,
  options: { about?: string | undefined; note?: string } = {},
): ModalView {
  const pages = pagesOf(outputLines(printed, false));
  const page = Math.min(Math.max(0, wanted), pages.length - 1);
  const shown = pages[page] ?? { from: 0, lines: [] };
  const { act } = printed;
  const step = stepsOf(run.plan).find(({ key }) => key === act.step);
  const total = pages.reduce((sum, { lines }) => sum + lines.length, 0);
  const { about, note } = options;
  const data: OutputData = {
    run: run.id,
    act: actNonce(act),
    page,
    ...(about === undefined ? {} : { about }),
  };
  const where =
    total === 0
      ? 'it has printed nothing'
      : `lines ${shown.from + 1} to ${shown.from + shown.lines.length} of ${total} · page ${page + 1} of ${pages.length}`;
  return {
    type: 'modal',
    callback_id: 'output',
    title: plain(`Output · ${run.id}`, limits.viewTitle),
    close: plain('Close', limits.viewTitle),
    private_metadata: JSON.stringify(data),
    blocks: [
      ...chooser(run, of, act),
      section(
        `*${escaped(actName(step, act))}*\nbegun ${momentWithSeconds(act.beganAt)} · ${escaped(actEnding(act))}`,
      ),
      ...blocksOf(shown.lines),
      context([escaped(route(run)), where, ...(note === undefined ? [] : [note])].join(' · ')),
      ...pager(page, pages.length, act.ending === undefined),
    ],
  };
}

interface Page {
  /** Lines before it. */
  readonly from: number;
  readonly lines: string[];
}

/** Pages are counted from the beginning: what comes meanwhile moves no line to another page. */
function pagesOf(lines: readonly string[]): Page[] {
  const pages: Page[] = [{ from: 0, lines: [] }];
  let chars = 0;
  lines.forEach((line, index) => {
    const shown = clipped(line, longestLine);
    chars += shown.length + 1;
    const last = pages.at(-1);
    if (last !== undefined && last.lines.length < linesOfPage && chars <= charsOfPage) {
      last.lines.push(shown);
      return;
    }
    pages.push({ from: index, lines: [shown] });
    chars = shown.length + 1;
  });
  return pages;
}

function blocksOf(lines: readonly string[]): KnownBlock[] {
  const blocks: string[][] = [[]];
  let chars = 0;
  for (const line of lines) {
    chars += line.length + 1;
    if (chars > charsOfBlock && blocks.at(-1)?.length !== 0) {
      blocks.push([]);
      chars = line.length + 1;
    }
    blocks.at(-1)?.push(line);
  }
  return blocks.flatMap((part) => (part.length === 0 ? [] : [preformatted(part)]));
}

/** The newest first; without a choice there is nothing to choose. */
function chooser(run: Run, of: readonly ActRecord[], chosen: ActRecord): KnownBlock[] {
  if (of.length < 2) return [];
  const steps = new Map(stepsOf(run.plan).map((step) => [step.key, step]));
  const newestFirst = of.toReversed();
  const shown = newestFirst.slice(0, maxOptions);
  const options = shown.map((act) => optionOf(actName(steps.get(act.step), act), act));
  const initial = options.find(({ value }) => value === actNonce(chosen));
  const hidden = newestFirst.length - shown.length;
  return [
    {
      type: 'section',
      block_id: 'act',
      text: { type: 'mrkdwn', text: `*${count(of.length, 'command')}*, the newest first`, verbatim: true },
      accessory: {
        type: 'static_select',
        action_id: outputView.actAction,
        placeholder: plain('Choose a command', 150),
        options,
        ...(initial === undefined ? {} : { initial_option: initial }),
      },
    },
    ...(hidden > 0
      ? [
          context(
            `${count(hidden, 'earlier command')} not listed: ${outputCommand(run, 'NODE')} shows those of a node.`,
          ),
        ]
      : []),
  ];
}

function optionOf(name: string, act: ActRecord): PlainTextOption {
  const failed = act.ending?.status === 'exited' && act.ending.code !== 0 ? '🔴 ' : '';
  return { text: plain(clipped(`${failed}${name}`, optionText), optionText), value: actNonce(act) };
}

function pager(page: number, pages: number, goesOn: boolean): KnownBlock[] {
  const to = (direction: string, label: string, target: number) => ({
    actionId: `${outputView.pageAction}.${direction}`,
    label,
    value: String(target),
  });
  const buttons = [
    ...(page > 1 ? [to('first', '⇤ Beginning', 0)] : []),
    ...(page > 0 ? [to('back', '← Earlier lines', page - 1)] : []),
    ...(page < pages - 1 ? [to('on', 'Later lines →', page + 1)] : []),
    ...(page < pages - 2 ? [to('last', 'End ⇥', pages - 1)] : []),
    ...(goesOn ? [to('anew', 'Look again', 1_000_000)] : []),
  ];
  return buttons.length === 0 ? [] : [actions(buttons)];
}

/** The command as it is typed, for answers. */
export const outputUsage = (run: Pick<Run, 'id'>): string => code(`/k8s-upgrade output ${run.id}`);
