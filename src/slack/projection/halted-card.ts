import type { Failure } from '../../domain/failure.ts';
import { stepsOf } from '../../domain/plan.ts';
import { openWait, ownerOf, type Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import type { RunAction } from '../buttons.ts';
import { count, listed } from '../text/fold.ts';
import { moment, momentWithSeconds } from '../text/moment.ts';
import { runbookWords } from '../text/runbook.ts';
import { clippedInside, code, short } from '../text/untrusted.ts';
import { buttons, type Card, fine, type Part, partsOf, text } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { meaning } from './meaning.ts';
import { nodesLine } from './nodes-line.ts';
import { approversText, mention } from './people.ts';
import { pressedPart } from './pressed.ts';
import { isAside, quarantineText } from './quarantine-text.ts';
import { rollBackOffer } from './rollback/offer.ts';
import { relatedText } from './rollback/verdict-text.ts';
import { canSkip, runButtons } from './run-buttons.ts';
import { wayBackLines } from './running-card.ts';
import { asSentence, stepName, withoutNode } from './step-words.ts';
import { survey } from './survey.ts';
import { route, titleLine } from './title.ts';

/** A run that stands still until a person decides: what happened, what it means, where everything stands. */
export function haltedCard(run: Run, chronicle: Chronicle, context: ProjectionContext): Card {
  const { halt } = run;
  if (halt === undefined) {
    return { sentence: `${route(run)} waits for a decision.`, parts: [text(titleLine('🔴', run, 'halted'))] };
  }
  const turns = survey(run);
  const where = haltedAt(run);
  const step = stepsOf(run.plan).find(({ key }) => key === halt.step);
  const node = step === undefined ? undefined : nodeOf(step);
  const others = turns.filter(
    (turn) => turn.status === 'failed' && turn.step?.key !== halt.step && !isAside(run, turn.node),
  );
  const inHand = turns.filter((turn) => turn.status === 'under-way').flatMap((turn) => turn.node ?? []);
  const { failure } = halt;
  return {
    sentence: `${run.cluster} stopped at ${where}: ${asSentence(short(withoutNode(failure.message, node), 200))} A person has to decide.`,
    parts: partsOf(
      text(
        [
          `🔴 *${run.cluster} stopped at ${where}* · ${code(failure.code)} · since ${moment(halt.since, context.now)}`,
          asSentence(short(withoutNode(failure.message, node), 600)),
          `*Needed* a decision by ${mention(ownerOf(run))} or somebody of ${approversText(context.approvers)}; until then nothing more happens`,
        ].join('\n'),
      ),
      text(
        [
          `*What it means* ${meaning[failure.code]} ${runbookWords(context.runbooks, failure.code)}`,
          `*State* ${nodesLine(run, turns)}`,
          ...(inHand.length > 0 ? [`*Still at work* ${listed(inHand)}: finished first`] : []),
          ...(openWait(run, halt.step)?.standstill === undefined
            ? []
            : [
                '*More choices* on its card in the thread: deleting or scaling what is in the way, then trying again',
              ]),
          ...(others.length > 0
            ? [`*Also stopped* ${count(others.length, 'other step')}, asked about next`]
            : []),
          ...[quarantineText(run), relatedText(run, chronicle, context)].filter((line) => line !== undefined),
          ...wayBackLines(run),
        ].join('\n'),
      ),
      // Behind what has to be known: on a phone a dozen lines of output fill the screen.
      lastWordsPart(failure),
      fine(
        `${route(run)} · run ${code(run.id)} · ${retriesText(run, chronicle)}updated ${momentWithSeconds(context.now)}`,
      ),
      pressedPart(context) ??
        buttons([
          ...runButtons(run, answersTo(run, failure)),
          ...rollBackOffer(run),
          ...runButtons(
            run,
            failure.act === undefined
              ? [...outputOf(failure), 'details', 'hand-over', 'abort']
              : ['output', 'details', 'abort'],
          ),
        ]),
    ),
  };
}

/** What is likeliest to help comes first; what ends the run comes last, behind these. While an act still runs nothing else may touch the node: it is waited for, stopped, or left with the run. */
function answersTo(run: Run, failure: Failure): RunAction[] {
  if (failure.act !== undefined) return ['wait', 'stop'];
  const skip: RunAction[] = canSkip(run) ? ['skip'] : [];
  const open: RunAction[] = failure.code === 'gate.closed' ? ['open-gate'] : [];
  return [...open, 'retry', ...skip];
}

/** Only a command leaves last words. */
function outputOf({ lastWords }: Failure): RunAction[] {
  return lastWords.length > 0 ? ['output'] : [];
}

/** `w-05, restart the kubelet`: where the run stands still. */
function haltedAt(run: Run): string {
  const step = stepsOf(run.plan).find(({ key }) => key === run.halt?.step);
  if (step === undefined) return run.halt?.step ?? 'an unknown step';
  const node = nodeOf(step);
  return node === undefined ? stepName(step) : `${node} (${stepName(step)})`;
}

/** The rest is in the thread's file, and behind Output. */
const lastLines = 6;
const maxLastWords = 1_500;

/** The end of what the failing command printed; the last lines say the most, so the first ones go. */
function lastWordsPart(failure: Failure): Part | undefined {
  const kept: string[] = [];
  let length = 0;
  for (const line of failure.lastWords.toReversed()) {
    // The last line is mostly the error itself.
    const shown = clippedInside(line, kept.length === 0 ? 700 : 300);
    if (kept.length === lastLines || length + shown.length > maxLastWords) break;
    kept.unshift(shown);
    length += shown.length;
  }
  const cut = failure.lastWords.length - kept.length;
  const lines = cut > 0 ? [`(${count(cut, 'earlier line')} left out)`, ...kept] : kept;
  return kept.length === 0 ? undefined : { kind: 'output', lines };
}

function retriesText(run: Run, chronicle: Chronicle): string {
  const tries = run.halt === undefined ? 1 : (run.steps.get(run.halt.step)?.attempt ?? 1);
  const again = chronicle.decisions.filter((decision) => decision.choice === 'retry').length;
  return [
    ...(tries > 1 ? [`tried ${tries} times · `] : []),
    ...(again > 0 ? [`${count(again, 'retry', 'retries')} by people · `] : []),
  ].join('');
}
