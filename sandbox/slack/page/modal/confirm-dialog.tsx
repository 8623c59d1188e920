import type { TextObject } from '@slack/types';

import type { PageState } from '../live/store.ts';
import { Mrkdwn, PlainText } from '../parts/mrkdwn.tsx';
import { Dialog } from './dialog.tsx';

export interface Confirm {
  readonly title?: { readonly text: string };
  readonly text: TextObject;
  readonly confirm?: { readonly text: string };
  readonly deny?: { readonly text: string };
  readonly style?: 'primary' | 'danger';
}

interface Props {
  readonly confirm: Confirm;
  readonly state: PageState;
  readonly onAnswer: (yes: boolean) => void;
}

/** Asks before an element does what it does. The focus starts on the way back, and Escape is a no. */
export function ConfirmDialog({ confirm, state, onAnswer }: Props) {
  const style = confirm.style ?? 'primary';
  return (
    <Dialog title={confirm.title?.text ?? 'Are you sure?'} small onClose={() => onAnswer(false)}>
      <div class="dialog-body">
        {confirm.text.type === 'mrkdwn' ? (
          <Mrkdwn text={confirm.text.text} state={state} />
        ) : (
          <PlainText text={confirm.text.text} />
        )}
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" autofocus onClick={() => onAnswer(false)}>
          {confirm.deny?.text ?? 'Cancel'}
        </button>
        <button type="button" class={`button button-${style}`} onClick={() => onAnswer(true)}>
          {confirm.confirm?.text ?? 'Yes'}
        </button>
      </footer>
    </Dialog>
  );
}
