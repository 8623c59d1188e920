/** Something a person cannot do in the client, such as press a button that is not there. */
export class PersonError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = 'PersonError';
    this.code = code;
    this.details = details;
  }
}
