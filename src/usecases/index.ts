import { agree, answer, tellOwner, withdraw } from './answer.ts';
import { approve } from './approve.ts';
import { retryByName, skipByName } from './by-name.ts';
import { abort, pause, reject, resume } from './control.ts';
import { decide } from './decide.ts';
import type { UseCaseDeps } from './deps.ts';
import { doctor } from './doctor.ts';
import { extend } from './extend.ts';
import { voteAtGate } from './gate.ts';
import { handOver } from './hand-over.ts';
import { incident } from './incidents.ts';
import { inspect } from './inspect.ts';
import { oneLookACluster } from './one-look.ts';
import { outputs } from './outputs.ts';
import { propose } from './propose.ts';
import { assessRollback, proposeRollback } from './propose-rollback.ts';
import { retryQuarantined } from './quarantine.ts';
import { lastProvenRollback, rollbackCandidates, rollbackClusters } from './rollback-candidates.ts';
import { savedNow } from './saved-now.ts';
import type { UseCases } from './use-cases.ts';

/** Everything that Slack may call, over what it needs of the world. */
export function createUseCases(deps: UseCaseDeps): UseCases {
  return {
    propose: oneLookACluster(propose(deps)),
    doctor: oneLookACluster(doctor(deps)),
    approve: approve(deps),
    reject: reject(deps),
    pause: pause(deps),
    resume: resume(deps),
    abort: abort(deps),
    decide: decide(deps),
    answer: answer(deps),
    agree: agree(deps),
    withdraw: withdraw(deps),
    tellOwner: tellOwner(deps),
    retry: retryByName(deps),
    skip: skipByName(deps),
    handOver: handOver(deps),
    extend: extend(deps),
    voteAtGate: voteAtGate(deps),
    retryQuarantined: retryQuarantined(deps),
    incident: incident(deps),
    assessRollback: assessRollback(deps),
    proposeRollback: proposeRollback(deps),
    rollbackCandidates: rollbackCandidates(deps),
    rollbackClusters: rollbackClusters(deps),
    savedNow: savedNow(deps),
    lastProvenRollback: lastProvenRollback(deps),
    ...outputs(deps),
    ...inspect(deps),
  };
}
