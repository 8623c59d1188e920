import type { StepKey } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { isDangerous } from '../../domain/waiting.ts';
import { duration } from '../text/duration.ts';
import { moment } from '../text/moment.ts';
import { code, short } from '../text/untrusted.ts';
import { type Card, fine, text } from './card.ts';
import type { Chronicle, Wait } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { deedsOf, deedText } from './deeds.ts';
import { mention } from './people.ts';
import { withoutNode } from './step-words.ts';
import { placeOf } from './wait-card.ts';

/** What the card of a wait turns into when it is over: how it resolved, by whom, after how long. No buttons. */
export function waitOverCard(
  run: Run,
  { step, since }: { step: StepKey; since: string },
  chronicle: Chronicle,
  context: ProjectionContext,
): Card {
  const node = placeOf(run, step);
  const wait = chronicle.waits.find((over) => over.step === step && over.since === since);
  const [sign, how] = resolution(run, step, node, wait, chronicle);
  const long = wait === undefined ? '' : ` · stood still for ${duration(wait.seconds)}`;
  const what = wait === undefined ? '' : short(withoutNode(wait.failure.message, node), 300);
  return {
    sentence: `${run.cluster}: ${node} ${how.replaceAll(/[*`]/g, '')}.`,
    parts: [
      text(
        `${sign} *${run.cluster}: ${node}* ${how}${long}${what === '' ? '' : `\n~${what.replaceAll('~', '∼')}~`}`,
      ),
      fine(`run ${code(run.id)} · since ${moment(since, context.now)}`),
    ],
  };
}

function resolution(
  run: Run,
  step: StepKey,
  node: string,
  wait: Wait | undefined,
  chronicle: Chronicle,
): [sign: string, how: string] {
  const said = wait === undefined ? [] : deedsOf(wait);
  const decided = chronicle.decisions.findLast(
    (decision) => decision.step === step && (wait === undefined || decision.at >= wait.since),
  );
  const skip = said.find(({ answer }) => answer.kind === 'skip-node');
  if (wait?.ending === 'skipped' || decided?.choice === 'skip' || skip !== undefined) {
    const by = skip?.answer.by ?? decided?.by;
    const reason = skip?.reason ?? decided?.reason;
    return ['⏭️', `is skipped${by ? ` by ${mention(by)}` : ''}${reason ? `: ${short(reason, 200)}` : ''}`];
  }
  if (wait?.ending !== 'over' && (run.status === 'aborting' || run.status === 'aborted')) {
    return ['🛑', `waits no more: the run was aborted${run.endedBy ? ` by ${mention(run.endedBy)}` : ''}`];
  }
  const deeds = said.filter(({ answer }) => isDangerous(answer)).map((given) => deedText(given, node));
  if (wait?.ending === 'failed') {
    if (decided?.choice === 'retry') {
      const after = deeds.length === 0 ? '' : `, after ${deeds.join('; ')}`;
      return ['🔁', `is tried again, by ${mention(decided.by)}${after}`];
    }
    return ['🔁', 'has given up here, and the run goes on as its message says'];
  }
  return [
    '✅',
    deeds.length === 0 ? 'goes on: resolved by itself' : `goes on: resolved by ${deeds.join('; ')}`,
  ];
}
