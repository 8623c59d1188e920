import { ApiError, argumentError } from './api-error.ts';

/**
 * The arguments of a call. The SDK sends forms, in which everything is a string and structures are JSON in a string;
 * JSON bodies carry real values. Both read the same here.
 */
export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: Iterable<readonly [string, unknown]>) {
    this.#values = new Map(values);
  }

  has(name: string): boolean {
    const value = this.#values.get(name);
    return value !== undefined && value !== null && value !== '';
  }

  /** @returns undefined if it was left out or empty. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw argumentError(`must provide a string [json-pointer:/${name}]`);
  }

  /** @throws ApiError invalid_arguments if it was left out. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw argumentError(`missing required field: ${name}`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.text(name);
    return value === 'true' || value === '1';
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d+$/.test(value)) throw argumentError(`must provide an integer [json-pointer:/${name}]`);
    return Number(value);
  }

  /**
   * A structure, as JSON in a string or as it is.
   * @param malformed the error for a string that is not JSON.
   */
  json(name: string, malformed: string): unknown {
    const value = this.#values.get(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw new ApiError(malformed);
    }
  }
}
