import { useState } from 'preact/hooks';

import type { Suggestion } from '../../people/suggest.ts';
import { api } from '../live/api.ts';
import { chosen, say } from '../live/surface.ts';
import type { ControlProps } from './element.tsx';
import type { ShownOption } from './options.ts';
import { optionsOf } from './options.ts';

/** Selects of one: static, people, channels, and external ones that ask the app. */
export function Picker(props: ControlProps) {
  return props.element.type === 'external_select' ? (
    <ExternalPicker {...props} />
  ) : (
    <NativePicker {...props} />
  );
}

function NativePicker({ element, blockId, surface, choose, busy, controlId, describedBy }: ControlProps) {
  const options = optionsOf(element, surface.state);
  const [current = ''] = chosen(surface.values[blockId]?.[element.action_id ?? '']);
  const groups = [...new Set(options.map((option) => option.group))];
  const placeholder = (element.placeholder as { text: string } | undefined)?.text ?? 'Choose…';
  return (
    <select
      id={controlId}
      class="select"
      aria-label={controlId === undefined ? placeholder : undefined}
      aria-describedby={describedBy}
      aria-busy={busy}
      value={current}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="" disabled hidden>
        {placeholder}
      </option>
      {groups.map((group) => {
        const own = options.filter((option) => option.group === group).map((option) => drawOption(option));
        return group === undefined ? (
          own
        ) : (
          <optgroup key={group} label={group}>
            {own}
          </optgroup>
        );
      })}
    </select>
  );
}

function drawOption(option: ShownOption) {
  return (
    <option key={option.value} value={option.value}>
      {option.label}
      {option.hint === undefined ? '' : ` · ${option.hint}`}
    </option>
  );
}

function ExternalPicker({ element, blockId, surface, choose, controlId, describedBy }: ControlProps) {
  const [found, setFound] = useState<readonly Suggestion[]>([]);
  const actionId = element.action_id ?? '';
  const listId = `suggestions-${blockId}-${actionId}`;
  const minimum = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
  const search = (typed: string): void => {
    const match = found.find((option) => option.label === typed || option.value === typed);
    if (match !== undefined) choose(match.value);
    else if (typed.length >= minimum) {
      const { as } = surface.state;
      api
        .suggest(as, surface.where, blockId, actionId, typed)
        .then(({ options }) => setFound(options))
        .catch(say);
    }
  };
  return (
    <>
      <input
        id={controlId}
        class="text-input"
        list={listId}
        aria-describedby={describedBy}
        placeholder={(element.placeholder as { text: string } | undefined)?.text ?? 'Search…'}
        onInput={(event) => search(event.currentTarget.value)}
      />
      <datalist id={listId}>
        {found.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </datalist>
    </>
  );
}
