import { RollbackWish, rollbackNodeAction, scopeOf } from '../rollback-buttons.ts';
import { answer } from './answer.ts';
import { authorise } from './authorise.ts';
import type { Inbound } from './deps.ts';
import type { MessageActionPayload } from './payloads.ts';
import { isFirst, placeOf, unknownButton } from './press.ts';
import { askForRollback } from './rollback.ts';
import { openRollbackNode } from './rollback-node-modal.ts';

/**
 * A button that asks for a rollback, on the message of the upgrade, on a rollback's plan or in an answer. Called after the
 * acknowledgement. It only asks: whoever presses is checked by the use case, and people have to approve what is planned.
 */
export async function onRollbackAction(inbound: Inbound, payload: MessageActionPayload): Promise<void> {
  const [pressed] = payload.actions;
  if (pressed === undefined || !(await isFirst(inbound, payload, pressed))) return;
  const place = placeOf(payload);
  const authorisation = await authorise(inbound, place);
  if (authorisation.status === 'denied') return answer(inbound, place, authorisation.reason);
  const wish = RollbackWish.safeParse(pressed.value);
  if (!wish.success) return answer(inbound, place, unknownButton);
  const { run, scope, way } = wish.data;
  if (pressed.action_id === rollbackNodeAction) {
    return openRollbackNode(inbound, place, payload.trigger_id, run);
  }
  return askForRollback(inbound, place, {
    of: { run },
    scope: scopeOf(scope),
    ...(way === 'any' ? {} : { etcd: way }),
  });
}
