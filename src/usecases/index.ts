import { agree, answer, tellOwner, withdraw } from './control/answer.ts';
import { retryByName, skipByName } from './control/by-name.ts';
import { abort, pause, reject, resume } from './control/control.ts';
import { decide } from './control/decide.ts';
import { extend } from './control/extend.ts';
import { voteAtGate } from './control/gate.ts';
import { handOver } from './control/hand-over.ts';
import { retryQuarantined } from './control/quarantine.ts';
import type { UseCaseDeps } from './deps.ts';
import { incident } from './incident/incident.ts';
import { doctor } from './look/doctor.ts';
import { inspect } from './look/inspect.ts';
import { oneLookACluster } from './look/one-look.ts';
import { outputs } from './outputs.ts';
import { approve } from './proposal/approve.ts';
import { propose } from './proposal/propose.ts';
import { lastProvenRollback, rollbackCandidates, rollbackClusters } from './rollback/candidates.ts';
import { assessRollback, proposeRollback } from './rollback/propose.ts';
import { savedNow } from './rollback/saved-now.ts';
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
