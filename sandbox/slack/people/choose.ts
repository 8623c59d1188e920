import type { Directory } from '../state/directory.ts';
import type { StateValue } from '../state/model.ts';
import type { Element } from '../state/view-values.ts';
import { PersonError } from './person-error.ts';

/** What a person picks or types: an option's value, a handle, a channel, a date or text; lists for multiple choice. */
export type Choice = string | readonly string[];

interface Option {
  readonly text: Record<string, unknown>;
  readonly value?: string;
}

/**
 * The state value that a choice makes in an element, as Slack reports it.
 * @throws PersonError no_such_option if the element does not offer the choice.
 */
export function stateValue(element: Element, choice: Choice, directory: Directory): StateValue {
  const { type } = element;
  const one = (): string => (typeof choice === 'string' ? choice : (choice[0] ?? ''));
  const many = (): readonly string[] => (typeof choice === 'string' ? [choice] : choice);
  switch (type) {
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
    case 'overflow':
      return { type, selected_option: one() === '' ? null : option(element, one()) };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: many().map((value) => option(element, value)) };
    case 'users_select':
      return { type, selected_user: user(one(), directory) };
    case 'multi_users_select':
      return { type, selected_users: many().map((handle) => user(handle, directory)) };
    case 'channels_select':
      return { type, selected_channel: channel(one(), directory) };
    case 'conversations_select':
      return { type, selected_conversation: channel(one(), directory) };
    case 'datepicker':
      return { type, selected_date: one() };
    case 'timepicker':
      return { type, selected_time: one() };
    case 'datetimepicker':
      return { type, selected_date_time: Number(one()) };
    case 'rich_text_input':
      return { type, rich_text_value: one() === '' ? null : richText(one()) };
    default:
      return { type, value: one() === '' ? null : one() };
  }
}

/** Options of a static element; an external one knows its options only after a search, so any value is taken. */
function option(element: Element, value: string): Option {
  if (element.type === 'external_select') return { text: { type: 'plain_text', text: value }, value };
  const groups = (element.option_groups ?? []) as { options: Option[] }[];
  const options = [...((element.options ?? []) as Option[]), ...groups.flatMap((group) => group.options)];
  const found = options.find((candidate) => candidate.value === value);
  if (found === undefined) {
    const offered = options.map((candidate) => candidate.value).join(', ');
    throw new PersonError('no_such_option', `there is no option ${value}; offered: ${offered}`);
  }
  return found;
}

function user(handle: string, directory: Directory): string {
  const found = directory.findUser(handle);
  if (found === undefined) throw new PersonError('no_such_option', `there is no user ${handle}`);
  return found.id;
}

function channel(name: string, directory: Directory): string {
  const found = directory.findChannel(name);
  if (found === undefined) throw new PersonError('no_such_option', `there is no channel ${name}`);
  return found.id;
}

function richText(text: string): Record<string, unknown> {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
  };
}
