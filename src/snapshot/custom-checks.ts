import pLimit from 'p-limit';
import type { CustomCheck } from '../domain/finding-policy.ts';
import type { CustomCheckResult } from '../domain/workload-facts.ts';
import { addonProblem } from '../node/addon.ts';
import type { Reader } from '../node/command.ts';
import { holds, type Metrics } from '../ports/metrics.ts';
import { whyOf } from './cluster-reads.ts';

const atATime = 4;

/**
 * Asks the checks of the configuration's own, some at the same time.
 *
 * @param host a control plane that was reached, where commands run
 */
export async function askCustomChecks(
  checks: readonly CustomCheck[],
  given: { readonly host: Reader | undefined; readonly metrics: Metrics | undefined },
): Promise<CustomCheckResult[]> {
  const limit = pLimit(atATime);
  return Promise.all(checks.map((check) => limit(() => ask(check, given))));
}

async function ask(
  check: CustomCheck,
  { host, metrics }: { host: Reader | undefined; metrics: Metrics | undefined },
): Promise<CustomCheckResult> {
  const { name } = check;
  const unknown = (said: string): CustomCheckResult => ({ name, outcome: 'unknown', said });
  try {
    if ('command' in check) {
      if (!host) return unknown('no control plane could be reached to run it on');
      const problem = await addonProblem(host, check.command, check.timeoutSeconds);
      return { name, outcome: problem === undefined ? 'fine' : 'failed', said: problem ?? '' };
    }
    if (!metrics) return unknown('no Prometheus is configured for the cluster');
    const samples = await metrics.query(check.promql);
    if (holds(samples)) return { name, outcome: 'fine', said: '' };
    const bad = samples.filter(({ value }) => value === 0 || Number.isNaN(value)).length;
    const said =
      samples.length === 0 ? 'the query gives no sample' : `${bad} of ${samples.length} samples are 0 or NaN`;
    return { name, outcome: 'failed', said };
  } catch (error) {
    return unknown(whyOf(error));
  }
}
