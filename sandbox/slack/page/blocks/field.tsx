import type { Block } from '../../state/model.ts';
import type { Element } from '../../state/view-values.ts';
import type { SurfaceProps } from '../live/surface.ts';
import { PlainText } from '../parts/mrkdwn.tsx';
import { ElementControl } from './element.tsx';

/** An input block: label, control, hint and, if the app refused the value, its words. */
export function Field({
  block,
  surface,
}: {
  block: Extract<Block, { type: 'input' }>;
  surface: SurfaceProps;
}) {
  const element = block.element as unknown as Element;
  const controlId = `input-${block.block_id}-${element.action_id ?? ''}`;
  const error = surface.errors[block.block_id];
  const hintId = block.hint === undefined ? undefined : `${controlId}-hint`;
  const errorId = error === undefined ? undefined : `${controlId}-error`;
  const describedBy = [errorId, hintId].filter((id) => id !== undefined).join(' ') || undefined;
  return (
    <div class={error === undefined ? 'field' : 'field field-wrong'}>
      <label for={controlId}>
        <PlainText text={block.label.text} />
        {block.optional === true && <span class="optional">optional</span>}
      </label>
      <ElementControl
        element={element}
        blockId={block.block_id}
        surface={surface}
        inInput={block.dispatch_action !== true}
        controlId={controlId}
        describedBy={describedBy}
      />
      {error !== undefined && (
        <p class="field-error" id={errorId}>
          {error}
        </p>
      )}
      {block.hint !== undefined && (
        <p class="field-hint" id={hintId}>
          <PlainText text={block.hint.text} />
        </p>
      )}
    </div>
  );
}
