import { createHash } from 'node:crypto';

/**
 * JSON with one spelling: object keys sorted by code unit, absent and undefined members alike, no white space. Equal
 * data gives equal text whatever order it was built in (the idea of RFC 8785, for data that came out of zod).
 */
export function canonicalJson(value: unknown): string {
  if (value === undefined) throw new TypeError('undefined has no canonical JSON');
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is not JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256 of a value's canonical JSON, 64 lower-case hex digits. */
export function sha256Of(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex');
}
