import type { JSX } from 'preact';

import { chosen } from '../live/surface.ts';
import type { ControlProps } from './element.tsx';

type InputKind = 'text' | 'email' | 'url' | 'date' | 'time' | 'datetime-local';

const kinds: Readonly<Record<string, InputKind>> = {
  plain_text_input: 'text',
  rich_text_input: 'text',
  number_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
};

export function isTyped(type: string): boolean {
  return Object.hasOwn(kinds, type);
}

/** Text, numbers, addresses, dates and times. The workspace checks them, as Slack's client would. */
export function TypedInput({ element, blockId, surface, choose, controlId, describedBy }: ControlProps) {
  const [initial = ''] = chosen(surface.values[blockId]?.[element.action_id ?? '']);
  const moment = element.type === 'datetimepicker';
  const value = moment && initial !== '' ? localTime(Number(initial)) : initial;
  const commit = (typed: string): void =>
    choose(moment && typed !== '' ? String(Date.parse(typed) / 1000) : typed);
  const common = {
    id: controlId,
    class: 'text-input',
    defaultValue: value,
    placeholder: (element.placeholder as { text: string } | undefined)?.text,
    'aria-describedby': describedBy,
    'aria-invalid': surface.errors[blockId] !== undefined,
    autofocus: element.focus_on_load === true,
    autocomplete: 'off',
  };
  if (element.multiline === true || element.type === 'rich_text_input') {
    return <textarea {...common} rows={4} onChange={(event) => commit(event.currentTarget.value)} />;
  }
  const props = {
    ...common,
    type: kinds[element.type] ?? 'text',
    inputMode: element.type === 'number_input' ? 'decimal' : undefined,
    onChange: (event: { currentTarget: HTMLInputElement }) => commit(event.currentTarget.value),
    // Which type goes with which other attributes is more than the types can follow from a table.
  } as JSX.IntrinsicElements['input'];
  return <input {...props} />;
}

/** Seconds since the epoch as the value of a datetime-local input. */
function localTime(seconds: number): string {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
