import { useRef, useState } from 'preact/hooks';

import type { ShownView } from '../../control/shown.ts';
import { Blocks } from '../blocks/block.tsx';
import { api } from '../live/api.ts';
import type { PageState } from '../live/store.ts';
import { inputsArrived, say } from '../live/surface.ts';
import { Icon } from '../parts/icon.tsx';
import { PlainText } from '../parts/mrkdwn.tsx';
import { Dialog } from './dialog.tsx';

/** The modal on top of the stack; those below only show their edges. */
export function ModalStack({ state }: { state: PageState }) {
  const top = state.views.modals.at(-1);
  if (top === undefined) return null;
  return <Modal key={top.id} view={top} state={state} below={state.views.modals.length - 1} />;
}

function Modal({ view, state, below }: { view: ShownView; state: PageState; below: number }) {
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const close = (): void => {
    api.close(state.as, view.id).catch(say);
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    // Enter submits without a change event of the field that is being typed in.
    if (
      document.activeElement instanceof HTMLElement &&
      form.current?.contains(document.activeElement) === true
    ) {
      document.activeElement.dispatchEvent(new Event('change', { bubbles: true }));
    }
    await inputsArrived();
    try {
      const outcome = await api.submit(state.as, view.id, {});
      if (outcome.status === 'refused' || outcome.status === 'incomplete') {
        // The errors arrive with the view; the first wrong field gets the focus then.
        setTimeout(
          () =>
            form.current?.querySelector<HTMLElement>('.field-wrong :is(input, textarea, select)')?.focus(),
          150,
        );
      }
    } catch (error) {
      say(error);
    }
    setBusy(false);
  };
  const surface = {
    state,
    where: { kind: 'modal', view: view.id } as const,
    values: view.values,
    errors: view.errors,
  };
  return (
    <Dialog title={view.title} onClose={close} below={below}>
      <form
        ref={form}
        class="dialog-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (view.submit !== undefined && !busy) void submit();
        }}
      >
        <div class="dialog-body">
          <Blocks blocks={view.blocks} surface={surface} />
          {view.warning !== undefined && (
            <p class="warning" role="alert">
              <Icon name="alert" />
              {view.warning}
            </p>
          )}
        </div>
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={close}>
            <PlainText text={view.close ?? (view.submit === undefined ? 'Close' : 'Cancel')} />
          </button>
          {view.submit !== undefined && (
            <button type="submit" class="button button-primary" aria-busy={busy} disabled={busy}>
              <PlainText text={view.submit} />
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
