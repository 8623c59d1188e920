import { closestMatch } from 'leven';
import type { z } from 'zod';
import { assertNever } from '../domain/assert-never.ts';
import type { LocatedYaml } from './located-yaml.ts';
import type { ConfigProblem, PathSegment } from './problem.ts';
import { issuesUnder, keysAt } from './schema-keys.ts';

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const guess = (word: string, candidates: readonly string[]): string => {
  const meant = closestMatch(word, candidates, { maxDistance: 3 });
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return candidates.length === 0 ? '' : `; there is ${candidates.join(', ')}`;
};

const isEmpty = (value: unknown) => value === undefined || value === null;

function valueAt(data: unknown, path: readonly PathSegment[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PathSegment, unknown> | undefined)?.[key],
    data,
  );
}

function limitText(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const [bound, word] = issue.code === 'too_small' ? [issue.minimum, 'at least'] : [issue.maximum, 'at most'];
  const noun = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  if (issue.code === 'too_small' && noun !== '' && Number(bound) === 1) return 'must not be empty';
  return `must be ${word} ${bound}${noun}`;
}

/** Messages that the schema gives itself are for people; zod's own for a pattern is not. */
function formatText(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  if (issue.format === 'url')
    return issue.pattern === '^https$' ? 'must be an https URL' : 'must be a whole URL';
  const own = !issue.message.startsWith('Invalid ');
  return own ? `must be: ${issue.message}` : 'does not have the right form';
}

/** The branch of a union that came nearest: the one that failed deepest, so that its message is about the real thing. */
function unionText(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if ('options' in issue && Array.isArray(issue.options)) return `must be one of ${issue.options.join(', ')}`;
  if (issue.message !== 'Invalid input') return issue.message;
  const messages = issue.errors.flatMap((branch) => branch.map((inner) => inner.message));
  return `fits none of its forms (${[...new Set(messages)].join('; ')})`;
}

function text(issue: Issue, data: unknown): string {
  const path = issue.path as PathSegment[];
  switch (issue.code) {
    case 'invalid_type':
      if (isEmpty(valueAt(data, path)))
        return `is missing; it must be ${kinds[issue.expected] ?? issue.expected}`;
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
    case 'too_big':
      return limitText(issue);
    case 'invalid_value': {
      const value = valueAt(data, path);
      const options = issue.values.map(String);
      if (isEmpty(value)) return `is missing; it must be one of ${options.join(', ')}`;
      return `must be one of ${options.join(', ')}`;
    }
    case 'invalid_format':
      return formatText(issue);
    case 'invalid_union':
      if (isEmpty(valueAt(data, path))) return `is missing: ${unionText(issue)}`;
      return unionText(issue);
    case 'invalid_key':
      return `is no name here: ${issue.issues.map((inner) => inner.message).join('; ')}`;
    case 'custom':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message;
    default:
      return assertNever(issue);
  }
}

/** The schema's complaints about a file's data, each where it stands in the file. Values never appear in them. */
export function schemaProblems(schema: z.ZodType, error: z.ZodError, yaml: LocatedYaml): ConfigProblem[] {
  const underBadKeys = error.issues
    .filter(({ code }) => code === 'invalid_key')
    .flatMap(({ path }) =>
      issuesUnder(schema, path as PathSegment[], valueAt(yaml.data, path as PathSegment[])),
    );
  return [...error.issues, ...underBadKeys].flatMap((issue) => {
    const path = issue.path as PathSegment[];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path);
      return issue.keys.map((key) =>
        yaml.problemAt([...path, key], `is not known here${guess(key, known)}`, 'key'),
      );
    }
    return [yaml.problemAt(path, text(issue, yaml.data), issue.code === 'invalid_key' ? 'key' : 'value')];
  });
}
