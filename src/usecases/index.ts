import { approve } from './approve.ts';
import { abort, decide, pause, reject, resume } from './control.ts';
import type { UseCaseDeps } from './deps.ts';
import { inspect } from './inspect.ts';
import { propose } from './propose.ts';
import type { UseCases } from './use-cases.ts';

/** Everything that Slack may call, over what it needs of the world. */
export function createUseCases(deps: UseCaseDeps): UseCases {
  return {
    propose: propose(deps),
    approve: approve(deps),
    reject: reject(deps),
    pause: pause(deps),
    resume: resume(deps),
    abort: abort(deps),
    decide: decide(deps),
    ...inspect(deps),
  };
}
