import { useRef, useState } from 'preact/hooks';

import type { Choice } from '../../people/choose.ts';
import type { Where } from '../../people/surface.ts';
import type { StateValue, StateValues } from '../../state/model.ts';
import type { Element } from '../../state/view-values.ts';
import { api } from './api.ts';
import type { PageState } from './store.ts';
import { getState, setState } from './store.ts';

/** Where blocks are drawn: whose they are, what was chosen in them, and where what is chosen goes. */
export interface SurfaceProps {
  readonly state: PageState;
  readonly where: Where;
  /** What the workspace knows to be chosen. Messages keep nothing, so their selects start anew. */
  readonly values: StateValues;
  /** Messages under inputs, by block_id. */
  readonly errors: Readonly<Record<string, string>>;
}

export interface Placed {
  readonly element: Element;
  readonly blockId: string;
  readonly surface: SurfaceProps;
  /** Set inside input blocks, whose value goes with the modal and not at once. */
  readonly inInput?: boolean;
  /** Id of the control, for the label outside. */
  readonly controlId?: string;
  readonly describedBy?: string | undefined;
}

export interface Chooser {
  /** Chooses (or presses, without a choice); asks first if the element has a confirm dialog. */
  readonly choose: (choice?: Choice) => void;
  readonly busy: boolean;
  /** What waits for the confirm dialog's answer. */
  readonly asking: boolean;
  readonly answer: (yes: boolean) => void;
}

/** Values of inputs on their way to the workspace: a button pressed right after typing must not overtake them. */
let inputsSent: Promise<unknown> = Promise.resolve();

export function inputsArrived(): Promise<unknown> {
  return inputsSent;
}

export function useChooser({ element, blockId, surface, inInput = false }: Placed): Chooser {
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const waiting = useRef<Choice | undefined>(undefined);

  const send = async (choice: Choice | undefined, confirm: boolean | undefined): Promise<void> => {
    const { as } = getState();
    const request = {
      where: surface.where,
      actionId: element.action_id ?? '',
      blockId,
      ...(choice === undefined ? {} : { choice }),
      ...(confirm === undefined ? {} : { confirm }),
    };
    if (inInput) {
      inputsSent = inputsSent.then(() => api.act(as, request)).catch(say);
      return;
    }
    setBusy(true);
    await inputsSent;
    await api.act(as, request).catch(say);
    setBusy(false);
  };

  return {
    busy,
    asking,
    choose: (choice) => {
      if (element.confirm === undefined) {
        void send(choice, undefined);
        return;
      }
      waiting.current = choice;
      setAsking(true);
    },
    answer: (yes) => {
      setAsking(false);
      // A no goes nowhere, as in Slack.
      if (yes) void send(waiting.current, true);
    },
  };
}

export function say(error: unknown): void {
  setState({ toast: error instanceof Error ? error.message : String(error) });
}

/** What is chosen in a place, in the form in which it is chosen. */
export function chosen(value: StateValue | undefined): readonly string[] {
  if (value === undefined) return [];
  const { type: _type, ...held } = value;
  const [entry] = Object.values(held);
  return flatten(entry);
}

function flatten(entry: unknown): readonly string[] {
  if (Array.isArray(entry)) return entry.flatMap(flatten);
  if (typeof entry === 'string') return [entry];
  if (typeof entry === 'number') return [String(entry)];
  if (typeof entry === 'object' && entry !== null && 'value' in entry) return [String(entry.value)];
  return [];
}
