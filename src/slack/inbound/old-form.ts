import type { ModalView } from '@slack/types';
import { limits, plain, section } from '../blocks/elements.ts';
import { approveView } from './approve-modal.ts';
import { formIsOld } from './form-data.ts';
import { handOverView } from './hand-over-modal.ts';
import { planView } from './plan-view.ts';
import { rollbackNodeView } from './rollback-node-modal.ts';
import { skipView } from './skip-modal.ts';

const known = [planView, skipView, approveView, rollbackNodeView, handOverView];

/** Forms that no listener takes any more: somebody had one open while the bot was replaced. */
export const anyOtherForm = new RegExp(`^(?!(?:${known.map(({ callbackId }) => callbackId).join('|')})$)`);

/** Takes the place of such a form: without an answer Slack says that there was "some trouble connecting". */
export const oldForm: ModalView = {
  type: 'modal',
  title: plain('Too old', limits.viewTitle),
  close: plain('Close', limits.viewTitle),
  blocks: [section(formIsOld)],
};
