import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type https from 'node:https';
import type { Access } from './access.ts';
import { answerFrom, type Call, type Exchange, failureOf, isOfNetwork, send } from './exchange.ts';

/** An answer that goes on: lines of JSON as they come. Anything but a 200 is an answer like any other. */
export type Opened = Exchange | { readonly status: 'open'; readonly lines: AsyncIterable<unknown> };

/** A watch event is one object, and an object is at most 3 MiB (k8s.io/apiserver MaxRequestBodyBytes). */
const longestLine = 16 * 1024 * 1024;

/**
 * Opens a stream at one endpoint. `timeoutMs` bounds the wait for the first byte of the answer, `idleMs` every silence
 * after it; both end the stream, as does the signal. Iterating it throws nothing of the network: whoever reads it looks
 * again when it is over, whatever the reason.
 */
export async function openStream(
  endpoint: string,
  call: Call,
  access: Access,
  options: { agent: https.Agent; timeoutMs: number; idleMs: number; signal: AbortSignal },
): Promise<Opened> {
  const { agent, timeoutMs, idleMs, signal } = options;
  if (signal.aborted) return { status: 'failed', hopeless: false, reason: 'it is no longer wanted' };
  const request = send(endpoint, call, access, agent);
  const end = () => void request.destroy();
  signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, timeoutMs);
  const over = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    end();
  };
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode === 200) {
      clearTimeout(timer);
      response.setTimeout(idleMs, end);
      return { status: 'open', lines: linesOf(response, over) };
    }
    const answered = await answerFrom(response, call);
    over();
    return answered;
  } catch (error) {
    over();
    if (error instanceof SyntaxError) {
      return { status: 'failed', hopeless: false, reason: 'what it answered is no JSON object' };
    }
    if (!isOfNetwork(error)) throw error;
    return failureOf(error);
  }
}

async function* linesOf(response: IncomingMessage, over: () => void): AsyncGenerator<unknown, void> {
  let begun: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        const line = Buffer.concat([...begun, chunk.subarray(from, at)]).toString('utf8');
        begun = [];
        bytes = 0;
        from = at + 1;
        if (line.trim() !== '') yield JSON.parse(line) as unknown;
      }
      bytes += chunk.length - from;
      if (bytes > longestLine) return;
      if (from < chunk.length) begun.push(chunk.subarray(from));
    }
  } catch (error) {
    // Cut in the middle, or no JSON: the watch is over, and whoever follows begins anew.
    if (!(error instanceof SyntaxError) && !isOfNetwork(error)) throw error;
  } finally {
    over();
  }
}

const newline = 0x0a;
