import { chosen } from '../live/surface.ts';
import { Mrkdwn } from '../parts/mrkdwn.tsx';
import type { ControlProps } from './element.tsx';
import { optionsOf } from './options.ts';

const several = new Set(['checkboxes', 'multi_static_select', 'multi_users_select']);

export function isChoiceList(type: string): boolean {
  return type === 'radio_buttons' || several.has(type);
}

/** Radio buttons and checkboxes; selects of several are checkboxes too. */
export function ChoiceList({ element, blockId, surface, choose, controlId, describedBy }: ControlProps) {
  const many = several.has(element.type);
  const current = chosen(surface.values[blockId]?.[element.action_id ?? '']);
  const name = `${blockId}-${element.action_id ?? ''}`;
  const toggle = (value: string, on: boolean): void => {
    if (!many) choose(value);
    else choose(on ? [...current, value] : current.filter((other) => other !== value));
  };
  return (
    <div class="choices" id={controlId} role={many ? 'group' : 'radiogroup'} aria-describedby={describedBy}>
      {optionsOf(element, surface.state).map((option) => (
        <label key={option.value} class="choice">
          <input
            type={many ? 'checkbox' : 'radio'}
            name={name}
            checked={current.includes(option.value)}
            onChange={(event) => toggle(option.value, event.currentTarget.checked)}
          />
          <span>
            <Mrkdwn text={option.label} state={surface.state} />
            {option.hint !== undefined && <small>{option.hint}</small>}
          </span>
        </label>
      ))}
    </div>
  );
}
