import type { Block, StateValue, StateValues } from './model.ts';

export type Element = { type: string; action_id?: string } & Record<string, unknown>;

/** A place where a person can act: an element and the block it stands in. */
export interface Place {
  readonly blockId: string;
  readonly actionId: string;
  readonly element: Element;
  /** Set for elements in input blocks. */
  readonly input: { readonly optional: boolean; readonly dispatches: boolean } | undefined;
}

/** Every interactive element of the blocks, in reading order. */
export function places(blocks: readonly Block[]): Place[] {
  return blocks.flatMap((block) => elementsOf(block).map((found) => ({ blockId: block.block_id, ...found })));
}

function elementsOf(block: Block): Omit<Place, 'blockId'>[] {
  if (block.type === 'actions')
    return block.elements.flatMap((element) => place(element as unknown as Element));
  if (block.type === 'section') {
    return block.accessory === undefined ? [] : place(block.accessory as unknown as Element);
  }
  if (block.type !== 'input') return [];
  return place(block.element as unknown as Element, {
    optional: block.optional ?? false,
    dispatches: block.dispatch_action ?? false,
  });
}

function place(element: Element, input?: Place['input']): Omit<Place, 'blockId'>[] {
  if (element.action_id === undefined) return [];
  return [{ actionId: element.action_id, element, input }];
}

/** Slack reports no state for buttons and overflow menus. */
function hasState(element: Element): boolean {
  return element.type !== 'button' && element.type !== 'overflow' && element.type !== 'image';
}

/** `state.values` before anyone has touched the view. */
export function initialValues(blocks: readonly Block[]): StateValues {
  const values: StateValues = {};
  for (const { blockId, actionId, element } of places(blocks)) {
    if (hasState(element)) values[blockId] = { ...values[blockId], [actionId]: initialValue(element) };
  }
  return values;
}

function initialValue(element: Element): StateValue {
  const { type } = element;
  switch (type) {
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return { type, selected_option: element.initial_option ?? null };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: element.initial_options ?? [] };
    case 'users_select':
      return { type, selected_user: element.initial_user ?? null };
    case 'multi_users_select':
      return { type, selected_users: element.initial_users ?? [] };
    case 'channels_select':
      return { type, selected_channel: element.initial_channel ?? null };
    case 'conversations_select':
      return { type, selected_conversation: element.initial_conversation ?? null };
    case 'datepicker':
      return { type, selected_date: element.initial_date ?? null };
    case 'timepicker':
      return { type, selected_time: element.initial_time ?? null };
    case 'datetimepicker':
      return { type, selected_date_time: element.initial_date_time ?? null };
    case 'rich_text_input':
      return { type, rich_text_value: element.initial_value ?? null };
    default:
      return { type, value: element.initial_value ?? null };
  }
}

/** The state of new blocks: what was typed before where a place is still the same, else what the blocks start with. */
export function keptValues(before: StateValues, blocks: readonly Block[]): StateValues {
  const values = initialValues(blocks);
  for (const [blockId, fresh] of Object.entries(values)) {
    for (const [actionId, { type }] of Object.entries(fresh)) {
      const typed = before[blockId]?.[actionId];
      if (typed?.type === type) fresh[actionId] = typed;
    }
  }
  return values;
}
