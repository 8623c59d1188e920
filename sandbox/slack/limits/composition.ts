import type { Check } from './problem.ts';
import { also, byType, flag, list, matching, object, oneOf, text } from './problem.ts';

const anyType: Check = () => undefined;

/** `plain_text`. Slack: `emoji` only here. */
export function plainText(max: number): Check {
  return byType({ plain_text: object({ type: anyType, text: text(max) }, { emoji: flag }) });
}

/** `plain_text` or `mrkdwn`. */
export function textObject(max: number): Check {
  return byType({
    plain_text: object({ type: anyType, text: text(max) }, { emoji: flag }),
    mrkdwn: object({ type: anyType, text: text(max) }, { verbatim: flag }),
  });
}

export function mrkdwn(max: number): Check {
  return byType({ mrkdwn: object({ type: anyType, text: text(max) }, { verbatim: flag }) });
}

export const typeField = anyType;

export const colour = oneOf('primary', 'danger');

/** Slack: title 100, text 300, confirm and deny 30 characters. */
export const confirmDialog = object(
  { text: textObject(300) },
  { title: plainText(100), confirm: plainText(30), deny: plainText(30), style: colour },
);

/** Slack: option text 75, value 150, description 75 (url, 3000, only in overflow menus). */
export function option(kind: 'plain' | 'rich' | 'overflow'): Check {
  const label = kind === 'rich' ? textObject(75) : plainText(75);
  const optional: Record<string, Check> = {
    value: text(150),
    description: kind === 'rich' ? textObject(75) : plainText(75),
  };
  if (kind === 'overflow') optional.url = text(3000);
  return also(object({ text: label }, optional), (value, pointer, problems) => {
    if (kind !== 'overflow' && value.value === undefined) {
      problems.push({ message: 'missing required field: value', pointer });
    }
  });
}

/** Slack: up to 100 groups of up to 100 options, label 75. */
export const optionGroups = list(object({ label: plainText(75), options: list(option('plain'), 100) }), 100);

export const url = matching(/^(https?|mailto|slack|tel):\S+$/i, 'must be a valid URL');

/** Slack's dispatch_action_config: at least one of the two triggers. */
export const dispatchActionConfig = object(
  {},
  { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2) },
);
