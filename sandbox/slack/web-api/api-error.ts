import type { Problem } from '../limits/problem.ts';
import { problemText } from '../limits/problem.ts';

/** What a method answers instead of a result: `{ok: false, error}` and whatever Slack adds for that error. */
export class ApiError extends Error {
  readonly code: string;
  readonly extra: Record<string, unknown>;

  constructor(code: string, extra: Record<string, unknown> = {}) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.extra = extra;
  }
}

/** Slack lists what is wrong twice: plainly in `errors`, and marked [ERROR] in response_metadata.messages. */
export function problemsError(code: string, problems: readonly Problem[]): ApiError {
  const texts = problems.map(problemText);
  return new ApiError(code, {
    errors: texts,
    response_metadata: { messages: texts.map((message) => `[ERROR] ${message}`) },
  });
}

export function argumentError(message: string): ApiError {
  return new ApiError('invalid_arguments', { response_metadata: { messages: [`[ERROR] ${message}`] } });
}
