/**
 * What a message says, before Block Kit: plain data that tests compare and people can read. Texts are mrkdwn; whatever
 * is untrusted in them has been escaped by whoever put it there.
 */
export interface Card {
  /** A whole sentence: phones and screen readers get only that. Untrusted parts are escaped, as in the texts below. */
  readonly sentence: string;
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** Small print. */
  | { readonly kind: 'fine'; readonly text: string }
  /** Words of a machine, shown literally. */
  | { readonly kind: 'output'; readonly lines: readonly string[] }
  | { readonly kind: 'tasks'; readonly title: string; readonly tasks: readonly Task[] }
  | { readonly kind: 'buttons'; readonly buttons: readonly ButtonSpec[] }
  | { readonly kind: 'divider' };

/** Slack's own words for the states of a task_card. */
export type TaskStatus = 'pending' | 'in_progress' | 'complete' | 'error';

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  /** How long it took, or what is being done. */
  readonly note?: string;
}

export interface ButtonSpec {
  readonly actionId: string;
  readonly label: string;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
  readonly confirm?: {
    readonly title: string;
    readonly text: string;
    readonly yes: string;
    readonly danger?: boolean;
  };
}

export const text = (of: string): Part => ({ kind: 'text', text: of });
export const fine = (of: string): Part => ({ kind: 'fine', text: of });
export const buttons = (of: readonly ButtonSpec[]): Part => ({ kind: 'buttons', buttons: of });

/** Parts without the ones that were left out for having nothing to say. */
export function partsOf(...parts: readonly (Part | undefined)[]): Part[] {
  return parts.filter((part) => part !== undefined);
}
