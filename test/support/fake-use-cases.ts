import type { StoredEvent } from '../../src/domain/event.ts';
import type { ChannelId, RunId } from '../../src/domain/names.ts';
import { ClusterName } from '../../src/domain/names.ts';
import { isUnderWay, type Run } from '../../src/domain/run.ts';
import { version } from '../../src/domain/version.ts';
import type { ActRecord, ActRef, OutputPiece } from '../../src/ports/output-store.ts';
import type { RunHead } from '../../src/ports/run-store.ts';
import type {
  ApproveOutcome,
  ControlOutcome,
  DoctorOutcome,
  IncidentOutcome,
  ProposeOutcome,
  UseCases,
} from '../../src/usecases/use-cases.ts';
import { opsChannel } from './story.ts';

type Asked = {
  [Name in keyof UseCases]: { name: Name; request: Parameters<UseCases[Name]>[0] };
}[keyof UseCases];

const notHere = { status: 'denied', reason: 'Not here.' } as const;

/** Use cases that note what was asked of them and answer what a test set. */
export class FakeUseCases implements UseCases {
  readonly asked: Asked[] = [];
  readonly runsById = new Map<RunId, Run>();
  readonly removed = new Map<RunId, RunHead>();
  readonly eventsById = new Map<RunId, StoredEvent[]>();
  names = new Map<ChannelId, ClusterName[]>([[opsChannel, [ClusterName.parse('prod-eu')]]]);
  readonly printed: { act: ActRecord; pieces: OutputPiece[] }[] = [];
  /** What the node has printed meanwhile. */
  refresh: () => boolean | undefined = () => undefined;
  answers: Partial<UseCases> = {};

  propose(request: Parameters<UseCases['propose']>[0]): ReturnType<UseCases['propose']> {
    return this.#answer('propose', request, () =>
      Promise.resolve<ProposeOutcome>({ status: 'denied', reason: 'not set' }),
    );
  }
  doctor(request: Parameters<UseCases['doctor']>[0]): ReturnType<UseCases['doctor']> {
    return this.#answer('doctor', request, () =>
      Promise.resolve<DoctorOutcome>({ status: 'denied', reason: 'not set' }),
    );
  }
  approve(request: Parameters<UseCases['approve']>[0]): ReturnType<UseCases['approve']> {
    return this.#answer('approve', request, () =>
      Promise.resolve<ApproveOutcome>({ status: 'counted', run: this.#run(request.run), missing: 1 }),
    );
  }
  reject(request: Parameters<UseCases['reject']>[0]): ReturnType<UseCases['reject']> {
    return this.#answer('reject', request, () => this.#accepted(request.run));
  }
  pause(request: Parameters<UseCases['pause']>[0]): ReturnType<UseCases['pause']> {
    return this.#answer('pause', request, () => this.#accepted(request.run));
  }
  resume(request: Parameters<UseCases['resume']>[0]): ReturnType<UseCases['resume']> {
    return this.#answer('resume', request, () => this.#accepted(request.run));
  }
  abort(request: Parameters<UseCases['abort']>[0]): ReturnType<UseCases['abort']> {
    return this.#answer('abort', request, () => this.#accepted(request.run));
  }
  voteAtGate(request: Parameters<UseCases['voteAtGate']>[0]): ReturnType<UseCases['voteAtGate']> {
    return this.#answer('voteAtGate', request, () => this.#accepted(request.run));
  }
  retryQuarantined(
    request: Parameters<UseCases['retryQuarantined']>[0],
  ): ReturnType<UseCases['retryQuarantined']> {
    return this.#answer('retryQuarantined', request, () => this.#accepted(request.run));
  }
  incident(request: Parameters<UseCases['incident']>[0]): ReturnType<UseCases['incident']> {
    return this.#answer('incident', request, () =>
      Promise.resolve<IncidentOutcome>({ status: 'denied', reason: 'not set' }),
    );
  }
  decide(request: Parameters<UseCases['decide']>[0]): ReturnType<UseCases['decide']> {
    return this.#answer('decide', request, () => this.#accepted(request.run));
  }
  answer(request: Parameters<UseCases['answer']>[0]): ReturnType<UseCases['answer']> {
    return this.#answer('answer', request, () => this.#accepted(request.run));
  }
  agree(request: Parameters<UseCases['agree']>[0]): ReturnType<UseCases['agree']> {
    return this.#answer('agree', request, () => this.#accepted(request.run));
  }
  withdraw(request: Parameters<UseCases['withdraw']>[0]): ReturnType<UseCases['withdraw']> {
    return this.#answer('withdraw', request, () => this.#accepted(request.run));
  }
  tellOwner(request: Parameters<UseCases['tellOwner']>[0]): ReturnType<UseCases['tellOwner']> {
    return this.#answer('tellOwner', request, () => this.#accepted(request.run));
  }
  retry(request: Parameters<UseCases['retry']>[0]): ReturnType<UseCases['retry']> {
    return this.#answer('retry', request, () => this.#accepted(request.run));
  }
  skip(request: Parameters<UseCases['skip']>[0]): ReturnType<UseCases['skip']> {
    return this.#answer('skip', request, () => this.#accepted(request.run));
  }
  handOver(request: Parameters<UseCases['handOver']>[0]): ReturnType<UseCases['handOver']> {
    return this.#answer('handOver', request, () => this.#accepted(request.run));
  }
  extend(request: Parameters<UseCases['extend']>[0]): ReturnType<UseCases['extend']> {
    return this.#answer('extend', request, () => this.#accepted(request.run));
  }
  assessRollback(request: Parameters<UseCases['assessRollback']>[0]): ReturnType<UseCases['assessRollback']> {
    return this.#answer('assessRollback', request, async () => notHere);
  }
  proposeRollback(
    request: Parameters<UseCases['proposeRollback']>[0],
  ): ReturnType<UseCases['proposeRollback']> {
    return this.#answer('proposeRollback', request, async () => notHere);
  }
  rollbackCandidates(
    request: Parameters<UseCases['rollbackCandidates']>[0],
  ): ReturnType<UseCases['rollbackCandidates']> {
    return this.#answer('rollbackCandidates', request, async () => ({ candidates: [], timeline: [] }));
  }
  async rollbackClusters(channel: ChannelId): ReturnType<UseCases['rollbackClusters']> {
    return this.answers.rollbackClusters?.(channel) ?? { clusters: [...this.clusterNames(channel)] };
  }
  async savedNow(run: Run): ReturnType<UseCases['savedNow']> {
    return this.answers.savedNow?.(run);
  }
  async lastProvenRollback(cluster: ClusterName): ReturnType<UseCases['lastProvenRollback']> {
    return this.answers.lastProvenRollback?.(cluster);
  }
  async presentRun(channel: ChannelId): Promise<Run | undefined> {
    const runs = await this.runs(channel, 50);
    return runs.find(isUnderWay) ?? runs[0];
  }
  async acts(): Promise<ActRecord[]> {
    return this.printed.map(({ act }) => act);
  }
  async output({ base, attempt }: ActRef): Promise<OutputPiece[]> {
    const found = this.printed.find(({ act }) => act.base === base && act.attempt === attempt);
    return found?.pieces ?? [];
  }
  async refreshOutput(): Promise<boolean> {
    return this.refresh() ?? true;
  }
  async run(id: RunId): Promise<Run | undefined> {
    return this.runsById.get(id);
  }
  async removedRun(id: RunId, channel: ChannelId): Promise<RunHead | undefined> {
    const head = this.removed.get(id);
    return head && this.clusterNames(channel).includes(head.cluster) ? head : undefined;
  }
  async events(id: RunId, afterSeq: number): Promise<StoredEvent[]> {
    return (this.eventsById.get(id) ?? []).filter(({ seq }) => seq > afterSeq);
  }
  async runs(channel: ChannelId, limit: number): Promise<Run[]> {
    return [...this.runsById.values()].filter((run) => run.channel === channel).slice(0, limit);
  }
  clusterNames(channel: ChannelId): readonly ClusterName[] {
    return this.names.get(channel) ?? [];
  }
  clusters(channel: ChannelId): ReturnType<UseCases['clusters']> {
    return this.#answer('clusters', channel, async () => []);
  }
  versionsOnOffer(cluster: ClusterName): ReturnType<UseCases['versionsOnOffer']> {
    return this.#answer('versionsOnOffer', cluster, async () => ({
      current: version('1.33.13'),
      offered: ['1.33.14', '1.34.8', '1.34.9'].map(version),
    }));
  }

  /** What was asked that could change something. */
  get changes(): string[] {
    const reading = ['clusters', 'versionsOnOffer', 'doctor', 'assessRollback', 'rollbackCandidates'];
    return this.asked.flatMap(({ name }) => (reading.includes(name) ? [] : [name]));
  }

  #accepted(id: RunId): Promise<ControlOutcome> {
    return Promise.resolve({ status: 'accepted', run: this.#run(id) });
  }

  #run(id: RunId): Run {
    const run = this.runsById.get(id);
    if (run === undefined) throw new Error(`the test has no run ${id}`);
    return run;
  }

  #answer<Name extends keyof UseCases>(
    name: Name,
    request: Parameters<UseCases[Name]>[0],
    otherwise: () => ReturnType<UseCases[Name]>,
  ): ReturnType<UseCases[Name]> {
    this.asked.push({ name, request } as Asked);
    const answer = this.answers[name] as ((request: unknown) => ReturnType<UseCases[Name]>) | undefined;
    return answer === undefined ? otherwise() : answer(request);
  }
}
