import { RollbackWish, rollbackNodeAction, scopeOf } from '../rollback-buttons.ts';
import { admitPress } from './admit.ts';
import { answer } from './answer.ts';
import type { Inbound } from './deps.ts';
import type { MessageActionPayload } from './payloads.ts';
import { askForRollback } from './rollback.ts';
import { openRollbackNode } from './rollback-node-modal.ts';
import { unknownButton } from './unknown-button.ts';

/**
 * A button that asks for a rollback, on the message of the upgrade, on a rollback's plan or in an answer. Called after the
 * acknowledgement. It only asks: whoever presses is checked by the use case, and people have to approve what is planned.
 */
export async function onRollbackAction(inbound: Inbound, payload: MessageActionPayload): Promise<void> {
  const admitted = await admitPress(inbound, payload);
  if (admitted === undefined) return;
  const { pressed, place } = admitted;
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
