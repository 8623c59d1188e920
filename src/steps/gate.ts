import { assertNever } from '../domain/assert-never.ts';
import type { GateVote } from '../domain/course.ts';
import { StepFailure } from '../domain/failure.ts';
import type { GateStep } from '../domain/step.ts';
import { addonProblem } from '../node/addon.ts';
import { holds, type Metrics } from '../ports/metrics.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { type Look, met, notYet } from './wait-until.ts';
import { waitUntilAbandoned } from './wait-while-wanted.ts';

/** One look at a command is short and repeated: a long one would hold up a bot that is to stop. */
const onceSeconds = 30;

type GateDeps = Pick<StepDependencies, 'remoteHostOf' | 'metricsOf' | 'clock'>;

/**
 * Waits until a gate is open: people have said so, or a command or a query holds. An approver may open any gate alone.
 * What it waits for is told once; a gate that stays closed for longer than policy allows halts the run.
 */
export function gate(deps: GateDeps): StepHandler<GateStep> {
  return {
    async observe(step, context) {
      const looked = await look(deps, step, context);
      return looked.status === 'met' ? { status: 'done', facts: {} } : { status: 'to-do' };
    },
    act: () => Promise.resolve(),
    async verify(step, context) {
      const { name, gate: wanted } = step.input;
      const closed = (why: string) =>
        new StepFailure('gate.closed', `Gate ${name} is closed: ${why}.`, { facts: { gate: name } });
      const askedEveryMs = 'everySeconds' in wanted ? wanted.everySeconds * 1_000 : 0;
      let told = false;
      let askedAt = Number.NEGATIVE_INFINITY;
      let why = 'it was not looked at yet';
      const waited = await waitUntilAbandoned(
        async () => {
          if (isOpenedByHand(context.votes())) return met(undefined);
          if (deps.clock.elapsed() - askedAt < askedEveryMs) return notYet(why);
          askedAt = deps.clock.elapsed();
          const looked = await look(deps, step, context);
          if (looked.status === 'met') return looked;
          why = looked.why;
          if (!told) context.blocked(closed(why).toFailure());
          told = true;
          return looked;
        },
        context,
        { clock: deps.clock, timeoutMs: wanted.timeoutMinutes * 60_000 },
      );
      if (waited.status === 'timed-out') throw closed(waited.why);
      if (told) context.unblocked();
      return {};
    },
  };
}

async function look(deps: GateDeps, { input }: GateStep, context: AttemptContext): Promise<Look<undefined>> {
  if (isOpenedByHand(context.votes())) return met(undefined);
  const { gate: wanted } = input;
  switch (wanted.kind) {
    case 'approval':
    case 'healthy': {
      const said = context.votes().filter(({ choice }) => choice === 'yes').length;
      const what = wanted.kind === 'approval' ? 'approved' : 'said healthy';
      return said >= wanted.needed ? met(undefined) : notYet(`${said} of ${wanted.needed} have ${what}`);
    }
    case 'command': {
      if (input.node === undefined) return notYet('there is no control plane to run its command on');
      const host = deps.remoteHostOf(context.cluster, input.node);
      const problem = await addonProblem(host, wanted.command, onceSeconds);
      return problem === undefined ? met(undefined) : notYet(problem);
    }
    case 'promql': {
      const metrics = deps.metricsOf(context.cluster);
      if (!metrics) return notYet('no Prometheus is configured for this cluster');
      return queryHolds(metrics, wanted.query);
    }
    default:
      return assertNever(wanted);
  }
}

async function queryHolds(metrics: Metrics, query: string): Promise<Look<undefined>> {
  try {
    const samples = await metrics.query(query);
    if (holds(samples)) return met(undefined);
    return notYet(samples.length === 0 ? 'the query gives nothing' : 'the query gives 0 for something');
  } catch (error) {
    // A Prometheus that is away for a moment must not end a wait of hours.
    if (error instanceof StepFailure) return notYet(error.message.replace(/\.$/, ''));
    throw error;
  }
}

/** Who it was stands in the thread. */
function isOpenedByHand(votes: readonly GateVote[]): boolean {
  return votes.some(({ choice }) => choice === 'open');
}
