import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { formatDate } from '../../../../sandbox/slack/mrkdwn/date.ts';
import { parseMrkdwn } from '../../../../sandbox/slack/mrkdwn/parse.ts';
import { plainMrkdwn } from '../../../../sandbox/slack/mrkdwn/plain.ts';

const reader = {
  timeZone: 'Europe/Berlin',
  userName: (id: string) => (id === 'U1' ? 'dana' : undefined),
  channelName: (id: string) => (id === 'C1' ? 'ops' : undefined),
  groupName: (id: string) => (id === 'S1' ? 'k8s-approvers' : undefined),
};

it.each([
  ['*bold* and _italic_ and ~gone~', 'bold and italic and gone'],
  ['snake_case_name and 2*3*4', 'snake_case_name and 2*3*4'],
  ['* not bold *', '* not bold *'],
  ['`*code* <@U1>`', '`*code* <@U1>`'],
  ['<@U1> <#C1> <!subteam^S1> <!here>', '@dana #ops @k8s-approvers @here'],
  ['<@U2|li> <@U3>', '@li @U3'],
  ['<https://x.example|docs> <https://x.example>', 'docs (https://x.example) https://x.example'],
  ['&lt;@U1&gt; a &amp; b', '<@U1> a & b'],
  ['&gt; quoted\n*next*', '| quoted\nnext'],
  ['```\nline *1*\nline 2\n```after', 'line *1*\nline 2\nafter'],
  [':white_check_mark: :nothing_like_it:', '✅ :nothing_like_it:'],
  ['*bold `code` <@U1>*', 'bold `code` @dana'],
  ['<javascript:alert(1)|click>', '<javascript:alert(1)|click>'],
])('%s', (mrkdwn, expected) => {
  expect(plainMrkdwn(mrkdwn, reader)).toBe(expected);
});

it('tells dates in the zone of the reader', () => {
  const at = Date.UTC(2026, 10, 23, 15, 40) / 1000;
  const now = Date.UTC(2026, 10, 23, 12);
  expect(formatDate('{date_short_pretty} at {time}', at, 'Europe/Berlin', now)).toBe('today at 16:40');
  expect(formatDate('{date_num} {time_secs}', at, 'Asia/Singapore', now)).toBe('2026-11-23 23:40:00');
  expect(formatDate('{ago}', at, 'UTC', now)).toBe('in 4 h');
});

it('reads any text to its end', () => {
  const anyText = fc.string({
    unit: fc.constantFrom('*', '_', '~', '`', '<', '>', '|', '@', '!', ':', ' ', '\n', 'a', '&gt;'),
  });
  fc.assert(
    fc.property(anyText, (text) => {
      expect(plainMrkdwn(text, reader).length).toBeLessThanOrEqual(text.length * 2 + 2);
      expect(Array.isArray(parseMrkdwn(text))).toBe(true);
    }),
    { seed: 20_261_123, numRuns: 500 },
  );
});
