import type { Element } from '../../state/view-values.ts';
import type { PageState } from '../live/store.ts';

export interface ShownOption {
  readonly value: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly group: string | undefined;
}

interface RawOption {
  readonly text: { readonly text: string };
  readonly value?: string;
  readonly description?: { readonly text: string };
}

/** What an element offers: its own options, or the people or channels of the workspace. */
export function optionsOf(element: Element, { workspace }: PageState): ShownOption[] {
  if (element.type.includes('users_select')) {
    const people = workspace?.people.filter((person) => person.kind !== 'bot') ?? [];
    return people.map(({ id, handle }) => ({
      value: id,
      label: `@${handle}`,
      hint: undefined,
      group: undefined,
    }));
  }
  if (element.type.includes('channels_select') || element.type.includes('conversations_select')) {
    const channels = workspace?.channels.filter((channel) => channel.kind !== 'im') ?? [];
    return channels.map(({ id, name }) => ({
      value: id,
      label: `#${name}`,
      hint: undefined,
      group: undefined,
    }));
  }
  const groups = (element.option_groups ?? []) as { label: { text: string }; options: RawOption[] }[];
  return [
    ...((element.options ?? []) as RawOption[]).map((option) => shown(option, undefined)),
    ...groups.flatMap((group) => group.options.map((option) => shown(option, group.label.text))),
  ];
}

function shown(option: RawOption, group: string | undefined): ShownOption {
  return { value: option.value ?? '', label: option.text.text, hint: option.description?.text, group };
}
