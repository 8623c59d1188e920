import { z } from 'zod';

/** What the control API answered when it could not do what was asked. */
export class ControlError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'ControlError';
    this.code = code;
  }
}

const Failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * Calls one route of the control API.
 * @throws ControlError with the API's code.
 */
export type Ask = <T>(name: string, body: unknown, timeoutMs?: number) => Promise<T>;

/** @param url of the workspace's page, without a slash at the end. */
export function askAt(url: string): Ask {
  return async <T>(name: string, body: unknown, timeoutMs = 30_000): Promise<T> => {
    const response = await fetch(`${url}/control/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer as T;
    const { error } = Failure.parse(answer);
    throw new ControlError(error.code, error.message);
  };
}
