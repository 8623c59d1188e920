import https from 'node:https';
import { StepFailure } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { type Access, createAccessSource } from './access.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { type Answer, type Call, type Exchange, exchange } from './exchange.ts';
import { openStream } from './stream.ts';

/** Makes calls, wherever an API server answers. */
export interface Caller {
  /**
   * The first answer that says something: an endpoint that cannot be reached, times out or answers 5xx is passed over
   * for the next one, at once. Throws StepFailure.
   *
   * @param isOutcome answers of code 403, 429 or 5xx that mean something to this call, and are given back as they are
   */
  call(call: Call, isOutcome?: (answer: Answer) => boolean): Promise<Answer>;
  /**
   * Opens a stream at the first endpoint that lets it, on a connection of its own; an answer of code 4xx is given back.
   * Throws StepFailure. @param idleMs how long it may be silent before it counts as dead
   */
  stream(
    call: Call,
    idleMs: number,
    signal: AbortSignal,
  ): Promise<Answer | { lines: AsyncIterable<unknown> }>;
  /** Asks every endpoint; those that do not answer are absent. @param longestMs for each, at most the usual timeout */
  callEach(call: Call, longestMs?: number): Promise<Map<string, Answer>>;
  close(): void;
}

/** An API server that has just come up turns away whom it knows well, until its caches are filled. */
const rounds = 2;
const secondThoughtMs = 2_000;
/** Waits that a server may ask for (429 with Retry-After) within one call. */
const longestPauseSeconds = 10;
const turns = 3;
/** A survey waits for the slowest of all endpoints, and is about who answers: a slow one does not. */
const surveyMs = 5_000;

type Config = {
  kubeconfig: string;
  context?: string | undefined;
  endpoints: readonly string[];
  timeoutSeconds: number;
};

export function createCaller(given: { config: Config; clock: Clock; log: Log }): Caller {
  const { config, clock, log } = given;
  const source = createAccessSource(config, clock);
  const agent = createAgent();
  /** A watch holds its connection: on the shared ones, other calls would wait for it to end. */
  const streamAgent = new https.Agent({ keepAlive: false });
  const usualMs = config.timeoutSeconds * 1000;
  let known: { server: string; endpoints: Endpoints; urls: readonly string[] } | undefined;

  const endpointsFor = (access: Access) => {
    if (known?.server !== access.server) {
      const urls = [...new Set([access.server, ...config.endpoints].map((url) => url.replace(/\/+$/, '')))];
      known = { server: access.server, endpoints: createEndpoints(urls, clock), urls };
    }
    return known;
  };

  const ask = async (
    endpoint: string,
    call: Call,
    access: Access,
    timeoutMs = usualMs,
  ): Promise<Exchange> => {
    for (let turn = 1; ; turn += 1) {
      const result = await exchange(endpoint, call, access, agent, timeoutMs);
      if (result.status === 'failed') closeIdle(agent);
      const answer = result.status === 'answered' ? result.answer : undefined;
      if (answer?.code !== 429 || answer.body !== undefined || turn >= turns) return result;
      // API priority and fairness: the server is there, and busy.
      await clock.sleep(Math.min(answer.retryAfterSeconds ?? 1, longestPauseSeconds) * 1000);
    }
  };

  const askAround = async (call: Call, isOutcome: (answer: Answer) => boolean): Promise<Round> => {
    const access = await source.current();
    const { endpoints } = endpointsFor(access);
    const failures: FailedEndpoint[] = [];
    let turnedAway: Answer | undefined;
    for (const endpoint of endpoints.inOrder()) {
      const result = outcomeOf(await ask(endpoint, call, access), isOutcome);
      if (result.status === 'failed') {
        failures.push({ endpoint, ...result });
        const fields = { endpoint, what: call.what, reason: result.reason };
        if (endpoints.failed(endpoint)) log.warn(fields, 'An API server does not answer as it should');
        continue;
      }
      endpoints.answered(endpoint);
      const { answer } = result;
      if ((answer.code !== 401 && answer.code !== 403) || isOutcome(answer)) return { answer };
      turnedAway = answer;
    }
    return { turnedAway, failures };
  };

  return {
    async call(call, isOutcome = () => false) {
      for (let round = 1; ; round += 1) {
        const result = await askAround(call, isOutcome);
        if ('answer' in result) return result.answer;
        if (!result.turnedAway) throw unavailable(call, result.failures);
        if (round === rounds) return result.turnedAway;
        source.forget();
        await clock.sleep(secondThoughtMs);
      }
    },
    async stream(call, idleMs, signal) {
      const access = await source.current();
      const { endpoints } = endpointsFor(access);
      const failures: FailedEndpoint[] = [];
      let turnedAway: Answer | undefined;
      for (const endpoint of endpoints.inOrder()) {
        const options = { agent: streamAgent, timeoutMs: usualMs, idleMs, signal };
        const opened = await openStream(endpoint, call, access, options);
        const result = opened.status === 'open' ? opened : outcomeOf(opened, () => false);
        if (result.status === 'failed') {
          failures.push({ endpoint, ...result });
          if (!signal.aborted) endpoints.failed(endpoint);
          continue;
        }
        endpoints.answered(endpoint);
        if (result.status === 'open') return { lines: result.lines };
        turnedAway = result.answer;
        if (turnedAway.code !== 401 && turnedAway.code !== 403) break;
        source.forget();
      }
      if (turnedAway) return turnedAway;
      throw unavailable(call, failures);
    },
    async callEach(call, longestMs = surveyMs) {
      const access = await source.current();
      const { urls } = endpointsFor(access);
      const results = await Promise.all(
        urls.map(async (url) => [url, await ask(url, call, access, Math.min(usualMs, longestMs))] as const),
      );
      return new Map(
        results.flatMap(([url, result]) =>
          result.status === 'answered' ? [[url, result.answer] as const] : [],
        ),
      );
    },
    close() {
      agent.destroy();
      streamAgent.destroy();
    },
  };
}

/** Connections are kept for a moment only: firewalls forget idle ones without a word. */
function createAgent(): https.Agent {
  const idleMs = 30_000;
  return new https.Agent({ keepAlive: true, timeout: idleMs, maxSockets: 32, maxFreeSockets: 32 });
}

/** Behind a load balancer the connections at hand may lead to the very API server that has just failed. */
function closeIdle(agent: https.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

interface FailedEndpoint {
  readonly endpoint: string;
  readonly hopeless: boolean;
  readonly reason: string;
}

type Round =
  | { readonly answer: Answer }
  | { readonly turnedAway: Answer | undefined; readonly failures: readonly FailedEndpoint[] };

/** A server that answers, but cannot do its work, is as good as one that does not answer. */
function outcomeOf(result: Exchange, isOutcome: (answer: Answer) => boolean): Exchange {
  if (result.status === 'failed') return result;
  const { answer } = result;
  const isTroubled = answer.code >= 500 || answer.code === 429;
  if (!isTroubled || isOutcome(answer)) return result;
  return { status: 'failed', hopeless: false, reason: `it answered ${said(answer)}` };
}

function said(answer: Answer): string {
  const message = (answer.body as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' && message !== ''
    ? `${answer.code}: ${message.slice(0, 300)}`
    : `${answer.code}`;
}

function unavailable(call: Call, failures: readonly FailedEndpoint[]): StepFailure {
  const facts = Object.fromEntries(failures.map(({ endpoint, reason }) => [endpoint, reason]));
  const first = failures[0];
  const where =
    failures.length === 1 ? first?.endpoint : `${first?.endpoint} and ${failures.length - 1} more`;
  const message = `Could not ${call.what} at ${where}: ${first?.reason}.`;
  const code = failures.every(({ hopeless }) => hopeless) ? 'kubernetes.refused' : 'kubernetes.unavailable';
  return new StepFailure(code, message, { facts });
}
