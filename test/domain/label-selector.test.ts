import { describe, expect, test } from 'vitest';
import { isSelected, LabelSelector } from '../../src/domain/label-selector.ts';

const labels = { app: 'db', 'example.com/tier': 'data', empty: '' };

describe('a label selector', () => {
  test.each([
    ['app=db', true],
    ['app==db', true],
    ['app = web', false],
    ['app!=web', true],
    ['other!=web', true],
    ['app in (web, db)', true],
    ['app notin (web,db)', false],
    ['other notin (web)', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['empty=', true],
    ['app=db,example.com/tier in (data,cache),!other', true],
    ['app=db,example.com/tier=cache', false],
  ])('%s: %s', (text, selected) => {
    expect(isSelected(LabelSelector.parse(text), labels)).toBe(selected);
  });

  test.each(['', 'app=db,', 'a b', 'app in web', 'app in (a(b)', '-x=1', 'app=_x'])(
    '%j is none, and is refused with the configuration',
    (text) => {
      expect(LabelSelector.safeParse(text).success).toBe(false);
    },
  );
});
