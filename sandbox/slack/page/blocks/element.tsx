import type { Placed } from '../live/surface.ts';
import { useChooser } from '../live/surface.ts';
import type { Confirm } from '../modal/confirm-dialog.tsx';
import { ConfirmDialog } from '../modal/confirm-dialog.tsx';
import { PlainText } from '../parts/mrkdwn.tsx';
import { ChoiceList, isChoiceList } from './choice-list.tsx';
import { Overflow } from './overflow.tsx';
import { Picker } from './picker.tsx';
import { isTyped, TypedInput } from './typed-input.tsx';

/** Any interactive element, with its confirm dialog. */
export function ElementControl(placed: Placed) {
  const chooser = useChooser(placed);
  const { element } = placed;
  return (
    <>
      <Control {...placed} choose={chooser.choose} busy={chooser.busy} />
      {chooser.asking && (
        <ConfirmDialog
          confirm={element.confirm as Confirm}
          state={placed.surface.state}
          onAnswer={chooser.answer}
        />
      )}
    </>
  );
}

export type ControlProps = Placed & {
  readonly choose: (choice?: string | readonly string[]) => void;
  readonly busy: boolean;
};

function Control(props: ControlProps) {
  const { type } = props.element;
  if (type === 'button') return <Button {...props} />;
  if (type === 'overflow') return <Overflow {...props} />;
  if (type === 'image') return <span class="picture">{String(props.element.alt_text)}</span>;
  if (isChoiceList(type)) return <ChoiceList {...props} />;
  if (isTyped(type)) return <TypedInput {...props} />;
  return <Picker {...props} />;
}

function Button({ element, choose, busy }: ControlProps) {
  const {
    text,
    style,
    url,
    accessibility_label: label,
  } = element as {
    text?: { text: string };
    style?: string;
    url?: string;
    accessibility_label?: string;
  };
  return (
    <button
      type="button"
      class={`button ${style === undefined ? '' : `button-${style}`}`}
      aria-label={label}
      aria-busy={busy}
      // Not `disabled`, which would take the focus away.
      aria-disabled={busy}
      onClick={() => {
        if (busy) return;
        if (url !== undefined) window.open(url, '_blank', 'noopener,noreferrer');
        choose();
      }}
    >
      <PlainText text={text?.text ?? ''} />
    </button>
  );
}
