import { describe, expect, it } from 'vitest';
import type { Surface } from '../../../../sandbox/slack/limits/blocks.ts';
import { checkBlocks } from '../../../../sandbox/slack/limits/blocks.ts';
import { problemText } from '../../../../sandbox/slack/limits/problem.ts';
import { plain, section } from '../support.ts';

function problems(blocks: unknown, surface: Surface = 'message', withheld: string[] = []): string[] {
  return checkBlocks(blocks, '/blocks', { surface, withheld: new Set(withheld) }).map(problemText);
}

const button = (fields: object = {}) => ({ type: 'button', text: plain('Go'), action_id: 'go', ...fields });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const x = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const option = (value: string) => ({ text: plain(value), value });

describe('what Slack takes', () => {
  it.each<[string, unknown[]]>([
    ['a section of 3000 characters', [section(x(3000))]],
    ['10 fields of 2000', [{ type: 'section', fields: times(10, () => plain(x(2000))) }]],
    ['50 blocks', times(50, () => ({ type: 'divider' }))],
    ['a header of 150', [{ type: 'header', text: plain(x(150)) }]],
    ['25 buttons', [actions(...times(25, (i) => button({ action_id: `a${i}` })))]],
    ['the same action_id in two blocks', [actions(button()), actions(button())]],
    ['a plan of task cards', [plan()]],
    ['a rich text list', [richList()]],
  ])('%s', (_title, blocks) => {
    expect(problems(blocks)).toEqual([]);
  });
});

describe('what Slack refuses, in its words', () => {
  it.each<[string, unknown, string]>([
    [
      'a long section',
      [section(x(3001))],
      'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['an empty section', [section('')], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    [
      '51 blocks',
      times(51, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
    [
      '11 fields',
      [{ type: 'section', fields: times(11, () => plain('a')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
    ],
    [
      'a field of 2001',
      [{ type: 'section', fields: [plain(x(2001))] }],
      'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
    ],
    [
      'a long header',
      [{ type: 'header', text: plain(x(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'a' } }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      '26 buttons',
      [actions(...times(26, (i) => button({ action_id: `a${i}` })))],
      'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
    ],
    ['no buttons', [actions()], 'must provide at least 1 items [json-pointer:/blocks/0/elements]'],
    [
      'a long button text',
      [actions(button({ text: plain(x(76)) }))],
      'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'a long value',
      [actions(button({ value: x(2001) }))],
      'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
    ],
    [
      'a long action_id',
      [actions(button({ action_id: x(256) }))],
      'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
    ],
    [
      'the same action_id twice in a block',
      [actions(button(), button())],
      '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ],
    [
      'the same block_id twice',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
    ],
    [
      'a long confirm title',
      [actions(button({ confirm: { text: plain('Sure?'), title: plain(x(101)) } }))],
      'must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]',
    ],
    [
      'a long confirm answer',
      [actions(button({ confirm: { text: plain('Sure?'), confirm: plain(x(31)) } }))],
      'must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]',
    ],
    [
      '11 context elements',
      [{ type: 'context', elements: times(11, () => plain('a')) }],
      'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
    ],
    ['an unknown block', [{ type: 'sektion' }], 'unsupported type: sektion [json-pointer:/blocks/0/type]'],
    ['a block without a type', [{}], 'missing required field: type [json-pointer:/blocks/0]'],
    [
      'an unknown field',
      [{ type: 'divider', colour: 'red' }],
      'invalid additional property: colour [json-pointer:/blocks/0]',
    ],
    [
      'a button without text',
      [actions({ type: 'button', action_id: 'a' })],
      'missing required field: text [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'a select without options',
      [actions({ type: 'static_select', action_id: 'a', options: [] })],
      'must provide at least 1 items [json-pointer:/blocks/0/elements/0/options]',
    ],
    [
      'an initial option that is not offered',
      [actions({ type: 'static_select', options: [option('a')], initial_option: option('b') })],
      'must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]',
    ],
    [
      'a task with a state that does not exist',
      [{ type: 'task_card', task_id: 't', title: 'T', status: 'done' }],
      'must be a valid enum value, one of pending, in_progress, complete, error [json-pointer:/blocks/0/status]',
    ],
    [
      'an alert in a message',
      [{ type: 'alert', text: plain('a') }],
      'unsupported type: alert [json-pointer:/blocks/0/type]',
    ],
  ])('%s', (_title, blocks, expected) => {
    expect(problems(blocks)).toContain(expected);
  });

  it('names every problem at once', () => {
    expect(problems([section(x(3001)), { type: 'header', text: plain('') }])).toHaveLength(2);
  });

  it('refuses plan blocks where the workspace has not got them', () => {
    expect(problems([plan()], 'message', ['plan', 'task_card'])).toEqual([
      'unsupported type: plan [json-pointer:/blocks/0/type]',
    ]);
  });

  it('takes 100 blocks in a modal, not 101', () => {
    expect(
      problems(
        times(100, () => ({ type: 'divider' })),
        'modal',
      ),
    ).toEqual([]);
    expect(
      problems(
        times(101, () => ({ type: 'divider' })),
        'modal',
      ),
    ).toHaveLength(1);
  });
});

function plan(): object {
  const task = { type: 'task_card', task_id: 'cp-2', title: 'cp-2', status: 'in_progress' };
  const details = {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a' }] }],
  };
  return { type: 'plan', title: 'prod-eu', tasks: [{ ...task, details }] };
}

function richList(): object {
  const item = { type: 'rich_text_section', elements: [{ type: 'text', text: 'a', style: { bold: true } }] };
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_list', style: 'bullet', indent: 1, elements: [item] }],
  };
}
