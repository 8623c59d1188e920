import { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { Metrics, Sample } from '../../ports/metrics.ts';

/** Moment in seconds, and the value as text: JSON has no NaN and no infinities. */
const Point = z.tuple([z.number(), z.string()]);

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
const Success = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      // A native histogram has `histogram` in place of `value`: it is no number that could be judged.
      result: z.array(
        z.object({ metric: z.record(z.string(), z.string()), value: Point.default([0, 'NaN']) }),
      ),
    }),
    z.object({ resultType: z.literal('scalar'), result: Point }),
  ]),
});
const Refused = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

/** An expression that gives more than this was not meant as a question. */
const largestAnswerBytes = 8 * 1024 * 1024;

export interface PrometheusAccess {
  readonly url: string;
  readonly timeoutSeconds: number;
  /** Read at each query, so that a rotated token counts. */
  readonly token?: () => Promise<string>;
}

/** A Prometheus over its HTTP API. Nothing is kept between queries. */
export function createMetrics({ url, timeoutSeconds, token }: PrometheusAccess): Metrics {
  const endpoint = `${url.replace(/\/+$/, '')}/api/v1/query`;
  return {
    async query(expression) {
      const { code, text } = await ask(
        `${endpoint}?${new URLSearchParams({ query: expression }).toString()}`,
        timeoutSeconds,
        token,
      );
      return samplesOf(code, jsonIn(text));
    },
  };
}

async function ask(
  url: string,
  timeoutSeconds: number,
  token: PrometheusAccess['token'],
): Promise<{ code: number; text: string }> {
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const headers = {
      Accept: 'application/json',
      ...(token ? { Authorization: `Bearer ${await token()}` } : {}),
    };
    // A redirect would take the token to another host.
    const response = await fetch(url, { headers, signal, redirect: 'error' });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > largestAnswerBytes)
        throw new Error(`it answered with more than ${largestAnswerBytes} bytes`);
    }
    return { code: response.status, text };
  } catch (error) {
    if (error instanceof StepFailure) throw error;
    const reason = signal.aborted ? `no answer within ${timeoutSeconds} s` : reasonOf(error);
    throw unavailable(reason, error);
  }
}

/** fetch hides what happened in the cause: `fetch failed`, because of `connect ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || ((cause as NodeJS.ErrnoException).code ?? error.message)
    : error.message;
}

function unavailable(reason: string, cause?: unknown): StepFailure {
  return new StepFailure('metrics.unavailable', `Prometheus cannot be asked: ${reason}.`, {
    facts: { reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

function samplesOf(code: number, body: unknown): Sample[] {
  const success = Success.safeParse(body);
  if (code === 200 && success.success) {
    const { data } = success.data;
    if (data.resultType === 'scalar') return [{ labels: {}, value: numberIn(data.result[1]) }];
    return data.result.map(({ metric, value }) => ({ labels: metric, value: numberIn(value[1]) }));
  }
  const refused = Refused.safeParse(body);
  const said = refused.success ? `${refused.data.errorType}: ${refused.data.error}` : `HTTP ${code}`;
  // 400 and 422: the expression; 401 and 403: who asks. Everything else may pass.
  if (![400, 401, 403, 404, 422].includes(code)) throw unavailable(`it answered ${said}`);
  throw new StepFailure('metrics.refused', `Prometheus refused the query: ${said}.`, {
    facts: { code: String(code) },
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Prometheus writes +Inf and -Inf. */
function numberIn(text: string): number {
  return Number(text.replace(/Inf$/, 'Infinity'));
}
