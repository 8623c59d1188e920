import type { Intent } from '../domain/intent.ts';
import { NodeName, RunId, type UserId } from '../domain/names.ts';
import { type Mistake, mistake } from './mistake.ts';
import { quoted } from './words.ts';

/** Commands about one run that is named first. */
export const controlVerbs = ['pause', 'resume', 'abort', 'retry', 'skip', 'handover', 'extend'] as const;
export type ControlVerb = (typeof controlVerbs)[number];

/** What lower-case words do not tell: how they were written, and who was mentioned. */
export interface Said {
  /** The words after the verb as they were written. */
  readonly args: readonly string[];
  /** The person mentioned last, by the id that Slack put in the mention's place. */
  readonly mentioned?: UserId | undefined;
}

/** What a verb takes after its run, as `help` and mistakes say it. */
const shapes: Readonly<Record<ControlVerb, string>> = {
  pause: '',
  resume: '',
  abort: '',
  retry: '[node]',
  skip: '[node] why',
  handover: '@somebody',
  extend: '[node] [30m]',
};

/** Reads what stands after `pause`, `retry` … @param args in lower case */
export function readControl(
  verb: ControlVerb,
  args: readonly string[],
  said: Said,
  clusters: readonly string[],
): Intent | Mistake {
  const [first, ...rest] = args;
  if (first === undefined) return mistake(`Say which run to ${wordFor(verb)}; \`runs\` lists them.`, 'runs');
  const run = RunId.safeParse(first).data;
  if (run === undefined) return noRun(first, clusters);
  switch (verb) {
    case 'pause':
    case 'resume':
    case 'abort': {
      const [extra] = rest;
      if (extra === undefined) return { kind: verb, run };
      return mistake(`${quoted(extra)} is one word too many: \`${verb}\` takes one run.`, verb, first);
    }
    case 'retry':
      return readRetry(run, rest);
    case 'skip':
      return readSkip(run, said.args.slice(1));
    case 'handover':
      return readHandOver(run, rest, said.mentioned);
    case 'extend':
      return readExtend(run, rest);
    default:
      return verb satisfies never;
  }
}

export function noRun(word: string, clusters: readonly string[]): Mistake {
  const kind = clusters.includes(word) ? 'a cluster' : 'not the name of a run';
  return mistake(
    `${quoted(word)} is ${kind}: a run has six letters and digits, as \`runs\` lists them.`,
    'runs',
  );
}

function readRetry(run: RunId, rest: readonly string[]): Intent | Mistake {
  const [word, extra] = rest;
  if (word === undefined) return { kind: 'retry', run };
  const node = NodeName.safeParse(word).data;
  if (node === undefined) return mistake(`${quoted(word)} cannot be the name of a node.`, 'retry', run);
  if (extra === undefined) return { kind: 'retry', run, node };
  return mistake(
    `${quoted(extra)} is one word too many: \`retry\` takes a run and ${shapes.retry}.`,
    'retry',
    run,
    word,
  );
}

/** Whether the first word is a node or begins the reason only the run can tell. */
function readSkip(run: RunId, words: readonly string[]): Intent | Mistake {
  if (words.length > 0) return { kind: 'skip', run, words: [...words] };
  return mistake(
    `Say why after the run, and which node where several have stopped: \`skip\` takes a run and ${shapes.skip}.`,
    'skip',
    run,
    'its owner drains it tomorrow',
  );
}

function readHandOver(run: RunId, rest: readonly string[], to: UserId | undefined): Intent | Mistake {
  const [word, extra] = rest;
  if (extra !== undefined && to !== undefined) {
    return mistake(
      `${quoted(extra)} is one word too many: \`handover\` takes a run and ${shapes.handover}.`,
      'status',
      run,
    );
  }
  if (word !== undefined && to !== undefined) return { kind: 'handover', run, to };
  const problem =
    word === undefined
      ? 'Say to whom, as a mention: type @ and choose from the list.'
      : `${quoted(word)} is nobody whom Slack knows here: type @ and choose from the list.`;
  return mistake(problem, 'status', run);
}

function readExtend(run: RunId, rest: readonly string[]): Intent | Mistake {
  let minutes: number | undefined;
  let node: NodeName | undefined;
  for (const word of rest) {
    const time = minutesOf(word);
    if (time !== undefined && minutes === undefined) minutes = time;
    else if (time === undefined && node === undefined && NodeName.safeParse(word).success) {
      node = NodeName.parse(word);
    } else {
      return mistake(
        `${quoted(word)} is neither a node nor a time such as 30m or 2h: \`extend\` takes a run and ${shapes.extend}.`,
        'extend',
        run,
        '30m',
      );
    }
  }
  return {
    kind: 'extend',
    run,
    ...(node === undefined ? {} : { node }),
    ...(minutes === undefined ? {} : { minutes }),
  };
}

/** A week, as the longest time. */
const mostMinutes = 10_080;

/** `30m`, `45min`, `2h`, `1h30m`, or a bare number of minutes. */
function minutesOf(word: string): number | undefined {
  const match = /^(?:(\d{1,3})h(?:ours?)?)?(?:(\d{1,5})(?:m|mins?|minutes?)?)?$/.exec(word);
  if (match === null || word === '') return undefined;
  const minutes = Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0);
  return minutes >= 1 && minutes <= mostMinutes ? minutes : undefined;
}

function wordFor(verb: ControlVerb): string {
  return verb === 'handover' ? 'hand over' : verb;
}
