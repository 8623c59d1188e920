/**
 * One thing wrong with a Block Kit payload, in the words Slack uses for it.
 * Slack answers with `"<message> [json-pointer:<pointer>]"` in `response_metadata.messages`.
 */
export interface Problem {
  readonly message: string;
  readonly pointer: string;
}

/** A check looks at one value and appends what is wrong with it; it never throws. */
export type Check = (value: unknown, pointer: string, problems: Problem[]) => void;

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function problemText({ message, pointer }: Problem): string {
  return `${message} [json-pointer:${pointer}]`;
}

/** A string of `min` (default 1) to `max` characters; wording as Slack's ("must be less than 3001 characters"). */
export function text(max: number, min = 1): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'string') problems.push({ message: 'must provide a string', pointer });
    else if (value.length < min)
      problems.push({ message: `must be more than ${min - 1} characters`, pointer });
    else if (value.length > max)
      problems.push({ message: `must be less than ${max + 1} characters`, pointer });
  };
}

export const flag: Check = (value, pointer, problems) => {
  if (typeof value !== 'boolean') problems.push({ message: 'must provide a boolean', pointer });
};

export function integer(min: number, max: number): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      problems.push({ message: 'must provide an integer', pointer });
    } else if (value < min) problems.push({ message: `must be greater than or equal to ${min}`, pointer });
    else if (value > max) problems.push({ message: `must be less than or equal to ${max}`, pointer });
  };
}

export function oneOf(...allowed: readonly unknown[]): Check {
  return (value, pointer, problems) => {
    if (!allowed.includes(value)) {
      problems.push({ message: `must be a valid enum value, one of ${allowed.join(', ')}`, pointer });
    }
  };
}

export function matching(pattern: RegExp, message: string): Check {
  return (value, pointer, problems) => {
    if (typeof value !== 'string' || !pattern.test(value)) problems.push({ message, pointer });
  };
}

export function list(item: Check, max: number, min = 1): Check {
  return (value, pointer, problems) => {
    if (!Array.isArray(value)) {
      problems.push({ message: 'must provide an array', pointer });
      return;
    }
    if (value.length < min) problems.push({ message: `must provide at least ${min} items`, pointer });
    if (value.length > max) problems.push({ message: `no more than ${max} items allowed`, pointer });
    for (const [index, entry] of value.entries()) item(entry, `${pointer}/${index}`, problems);
  };
}

/** An object with exactly these fields: a missing one, and one that Slack does not know, are both refused. */
export function object(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return (value, pointer, problems) => {
    if (!isObject(value)) {
      problems.push({ message: 'must provide an object', pointer });
      return;
    }
    for (const [name, check] of Object.entries(required)) {
      if (value[name] === undefined) problems.push({ message: `missing required field: ${name}`, pointer });
      else check(value[name], `${pointer}/${name}`, problems);
    }
    for (const [name, entry] of Object.entries(value)) {
      if (entry === undefined || name in required) continue;
      const check = optional[name];
      if (check === undefined) problems.push({ message: `invalid additional property: ${name}`, pointer });
      else check(entry, `${pointer}/${name}`, problems);
    }
  };
}

/** Picks the check by the value's `type`, the discriminator of everything in Block Kit. */
export function byType(variants: Record<string, Check>): Check {
  return (value, pointer, problems) => {
    if (!isObject(value)) {
      problems.push({ message: 'must provide an object', pointer });
      return;
    }
    const { type } = value;
    if (type === undefined) problems.push({ message: 'missing required field: type', pointer });
    else if (typeof type !== 'string') {
      problems.push({ message: 'must provide a string', pointer: `${pointer}/type` });
    } else if (!Object.hasOwn(variants, type)) {
      problems.push({ message: `unsupported type: ${type}`, pointer: `${pointer}/type` });
    } else variants[type]?.(value, pointer, problems);
  };
}

/** Runs further checks on an object whose fields have been checked already. */
export function also(
  first: Check,
  then: (value: JsonObject, pointer: string, problems: Problem[]) => void,
): Check {
  return (value, pointer, problems) => {
    first(value, pointer, problems);
    if (isObject(value)) then(value, pointer, problems);
  };
}
