import type { OpenView, StateValue } from '../state/model.ts';
import type { Element } from '../state/view-values.ts';
import { places } from '../state/view-values.ts';

/** What Slack's client says under inputs before it lets a modal go; keyed by block_id, empty when all is well. */
export function incomplete(view: OpenView): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { blockId, actionId, element, input } of places(view.blocks)) {
    if (input === undefined) continue;
    const value = view.values[blockId]?.[actionId];
    const error = isEmpty(value)
      ? input.optional
        ? undefined
        : 'Please complete this required field.'
      : wrong(element, value);
    if (error !== undefined) errors[blockId] = error;
  }
  return errors;
}

function isEmpty(value: StateValue | undefined): boolean {
  if (value === undefined) return true;
  return Object.entries(value).every(
    ([name, entry]) =>
      name === 'type' || entry === null || entry === '' || (Array.isArray(entry) && entry.length === 0),
  );
}

function wrong(element: Element, value: StateValue | undefined): string | undefined {
  const typed = typeof value?.value === 'string' ? value.value : '';
  switch (element.type) {
    case 'plain_text_input': {
      const { min_length: min, max_length: max } = element;
      if (typeof min === 'number' && typed.length < min) return `Please enter at least ${min} characters.`;
      if (typeof max === 'number' && typed.length > max) return `Please enter at most ${max} characters.`;
      return undefined;
    }
    case 'number_input':
      return wrongNumber(element, typed);
    case 'email_text_input':
      return /^\S+@\S+\.\S+$/.test(typed) ? undefined : 'Please enter a valid email address.';
    case 'url_text_input':
      return URL.canParse(typed) ? undefined : 'Please enter a valid URL.';
    default:
      return undefined;
  }
}

function wrongNumber(element: Element, typed: string): string | undefined {
  const number = Number(typed);
  if (!/^-?\d+(\.\d+)?$/.test(typed)) return 'Please enter a number.';
  if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (typeof element.min_value === 'string' && number < Number(element.min_value)) {
    return `Please enter ${element.min_value} or more.`;
  }
  if (typeof element.max_value === 'string' && number > Number(element.max_value)) {
    return `Please enter ${element.max_value} or less.`;
  }
  return undefined;
}
