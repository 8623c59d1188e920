import {
  colour,
  confirmDialog,
  dispatchActionConfig,
  option,
  optionGroups,
  plainText,
  typeField,
  url,
} from './composition.ts';
import type { Check } from './problem.ts';
import { also, flag, integer, isObject, list, matching, object, oneOf, text } from './problem.ts';
import { richTextBlock } from './rich-text.ts';

/** Slack: action_id 255 characters. */
const actionId = text(255);
const focusable = { action_id: actionId, focus_on_load: flag };
const placeholder = { placeholder: plainText(150) };
const dispatchable = { ...focusable, ...placeholder, dispatch_action_config: dispatchActionConfig };
const confirmable = { ...focusable, confirm: confirmDialog };
const date = matching(/^\d{4}-\d{2}-\d{2}$/, 'must be a date in the format YYYY-MM-DD');
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time in the format HH:mm');
const numeral = matching(/^-?\d+(\.\d+)?$/, 'must be a number in a string');
const id = matching(/^[A-Z0-9]+$/, 'must be an id');

function element(required: Record<string, Check>, optional: Record<string, Check>): Check {
  return object({ type: typeField, ...required }, optional);
}

/** A static select has options or option_groups, and an initial option must be one of them. */
function withOptions(check: Check): Check {
  return also(check, (value, pointer, problems) => {
    const { options, option_groups: groups } = value;
    if ((options === undefined) === (groups === undefined)) {
      problems.push({ message: 'must provide either `options` or `option_groups`', pointer });
      return;
    }
    const offered = Array.isArray(options)
      ? options
      : Array.isArray(groups)
        ? groups.flatMap((group) => (isObject(group) && Array.isArray(group.options) ? group.options : []))
        : [];
    checkInitial(value.initial_option === undefined ? [] : [value.initial_option], offered);
    checkInitial(Array.isArray(value.initial_options) ? value.initial_options : [], offered);

    function checkInitial(chosen: readonly unknown[], from: readonly unknown[]): void {
      const values = new Set(from.map((entry) => (isObject(entry) ? entry.value : undefined)));
      for (const entry of chosen) {
        if (isObject(entry) && !values.has(entry.value)) {
          const name = value.initial_option === undefined ? 'initial_options' : 'initial_option';
          problems.push({ message: 'must match one of the options', pointer: `${pointer}/${name}` });
        }
      }
    }
  });
}

/** Slack: button text 75, value 2000, url 3000, accessibility_label 75. */
const button = element(
  { text: plainText(75) },
  {
    action_id: actionId,
    value: text(2000),
    url,
    style: colour,
    confirm: confirmDialog,
    accessibility_label: text(75),
  },
);

const staticOptions = { options: list(option('plain'), 100), option_groups: optionGroups };
const maxSelected = { max_selected_items: integer(1, 100) };

/** Elements that Slack takes in `actions` blocks and as a section's accessory. */
export const interactive: Record<string, Check> = {
  button,
  overflow: element(
    { options: list(option('overflow'), 5) },
    { action_id: actionId, confirm: confirmDialog },
  ),
  static_select: withOptions(
    element({}, { ...confirmable, ...placeholder, ...staticOptions, initial_option: option('plain') }),
  ),
  multi_static_select: withOptions(
    element(
      {},
      {
        ...confirmable,
        ...placeholder,
        ...staticOptions,
        ...maxSelected,
        initial_options: list(option('plain'), 100),
      },
    ),
  ),
  external_select: element(
    {},
    { ...confirmable, ...placeholder, initial_option: option('plain'), min_query_length: integer(0, 255) },
  ),
  users_select: element({}, { ...confirmable, ...placeholder, initial_user: id }),
  multi_users_select: element(
    {},
    { ...confirmable, ...placeholder, ...maxSelected, initial_users: list(id, 100) },
  ),
  channels_select: element(
    {},
    { ...confirmable, ...placeholder, initial_channel: id, response_url_enabled: flag },
  ),
  conversations_select: element(
    {},
    {
      ...confirmable,
      ...placeholder,
      initial_conversation: id,
      default_to_current_conversation: flag,
      response_url_enabled: flag,
      filter: () => undefined,
    },
  ),
  datepicker: element({}, { ...confirmable, ...placeholder, initial_date: date }),
  timepicker: element({}, { ...confirmable, ...placeholder, initial_time: time, timezone: text(100) }),
  datetimepicker: element({}, { ...confirmable, initial_date_time: integer(1_000_000_000, 9_999_999_999) }),
  checkboxes: withOptions(
    element(
      { options: list(option('rich'), 10) },
      { ...confirmable, initial_options: list(option('rich'), 10) },
    ),
  ),
  radio_buttons: withOptions(
    element({ options: list(option('rich'), 10) }, { ...confirmable, initial_option: option('rich') }),
  ),
};

/** Elements that only an `input` block takes, besides the choosing ones above. */
const typed: Record<string, Check> = {
  plain_text_input: element(
    {},
    {
      ...dispatchable,
      initial_value: text(3000, 0),
      multiline: flag,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
    },
  ),
  email_text_input: element({}, { ...dispatchable, initial_value: text(3000, 0) }),
  url_text_input: element({}, { ...dispatchable, initial_value: text(3000, 0) }),
  number_input: element(
    { is_decimal_allowed: flag },
    { ...dispatchable, initial_value: numeral, min_value: numeral, max_value: numeral },
  ),
  rich_text_input: element({}, { ...dispatchable, initial_value: richTextBlock }),
};

const { button: _button, overflow: _overflow, ...choosing } = interactive;

/** Elements that Slack takes in an `input` block. */
export const inputs: Record<string, Check> = { ...choosing, ...typed };

/** Slack: image_url 3000, alt_text 2000. */
export const imageElement = element(
  { alt_text: text(2000) },
  { image_url: url, slack_file: () => undefined },
);

export const urlSource = element({ url, text: text(3000) }, {});

export const taskStatus = oneOf('pending', 'in_progress', 'complete', 'error');
