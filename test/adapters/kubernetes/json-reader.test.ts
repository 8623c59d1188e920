import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listReader } from '../../../src/adapters/kubernetes/json-reader.ts';

/** Reads a text in pieces of some lengths, again and again. */
function readIn(text: string, lengths: readonly number[], map: (item: unknown) => unknown = (item) => item) {
  const reader = listReader(map);
  const bytes = Buffer.from(text);
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    reader.push(bytes.subarray(at, at + length));
    at += length;
  }
  return reader.end();
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('items', '"', '\\', '[{', '}],'),
);
const anyObject = fc.dictionary(anyText, fc.oneof(fc.jsonValue(), anyText), { maxKeys: 4 });
const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const indent = fc.constantFrom(undefined, 1, '\t');

describe('reading a list item by item', () => {
  it('gives what JSON.parse gives, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(
        anyObject,
        fc.array(anyObject, { maxLength: 5 }),
        anyObject,
        lengths,
        indent,
        (a, items, b, cuts, space) => {
          const value = { before: a, items, after: b };
          const text = JSON.stringify(value, undefined, space);
          expect(readIn(text, cuts)).toEqual(JSON.parse(text));
        },
      ),
      { seed: 34, numRuns: 1_000 },
    );
  });

  it('hands out each item once, in order, as soon as it is there', () => {
    const seen: unknown[] = [];
    const reader = listReader((item) => {
      seen.push(item);
      return seen.length;
    });
    reader.push(Buffer.from('{"kind":"List","items":[{"a":1},{"a":'));
    expect(seen).toEqual([{ a: 1 }]);
    reader.push(Buffer.from('2}],"metadata":{"continue":"x"}}'));
    expect(seen).toEqual([{ a: 1 }, { a: 2 }]);
    expect(reader.end()).toEqual({ kind: 'List', items: [1, 2], metadata: { continue: 'x' } });
  });

  it('takes only the items at the top for the list', () => {
    const text = '{"metadata":{"items":[{"a":1}]},"kind":"items","spec":[{"items":[{"b":2}]}]}';
    expect(readIn(text, [7], () => expect.fail('there is no list'))).toEqual(JSON.parse(text));
  });

  it.each(['{"items":null}', '{"items":[]}', '{}', '{"items":{"a":[{}]}}'])('leaves %s as it is', (text) => {
    expect(readIn(text, [3])).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"items":[1,2]}'],
    ['{"items":[{},null]}'],
    ['{"items":[{}'],
    ['{"items":[{"a":}]}'],
    ['{"items":["a"{}]}'],
    ['{"items":[{}]'],
    ['<html>'],
    ['"items"'],
    [''],
  ])('does not take %s', (text) => {
    expect(() => readIn(text, [2])).toThrow(SyntaxError);
  });
});
