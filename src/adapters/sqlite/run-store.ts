import { RunEvent } from '../../domain/event.ts';
import { instant, type RunId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunFilter, RunStore } from '../../ports/run-store.ts';
import { backupStatements } from './backups.ts';
import { deliveryStatements } from './deliveries.ts';
import { usualDurations } from './durations.ts';
import { forgetStatements } from './forget.ts';
import { incidentStatements } from './incidents.ts';
import { leaseStatements } from './leases.ts';
import { lookStatements } from './looks.ts';
import { openDatabase } from './open-database.ts';
import { outputStatements } from './outputs.ts';
import { planStatements } from './plans.ts';
import {
  ApprovalRow,
  HeadRow,
  headlineOf,
  headOfRow,
  RunRow,
  rowOfRun,
  rowOfStep,
  runOfRow,
  StepRow,
  stepOfRow,
  TouchedRow,
} from './rows.ts';
import { asStoreFailure } from './store-failure.ts';
import { tellingStatements } from './tellings.ts';

/**
 * The run store in one SQLite file. better-sqlite3 is synchronous: a commit blocks the event loop for about a
 * millisecond, and two commits of one process can never interleave.
 * @throws StoreFailure from opening and from every method
 */
export function openRunStore(path: string, clock: Clock): RunStore {
  const database = openDatabase(path);
  const { db } = database;
  const guarded =
    <Args extends unknown[], Result>(work: (...args: Args) => Result) =>
    async (...args: Args): Promise<Result> => {
      try {
        return work(...args);
      } catch (error) {
        throw asStoreFailure(error, path);
      }
    };
  const now = () => instant(clock.now());

  const columns = Object.keys(RunRow.shape);
  const insertRun = db.prepare(
    `INSERT INTO runs (${columns.join(', ')}, headline) VALUES (${columns.map((c) => `@${c}`).join(', ')}, @headline)`,
  );
  const updateRun = db.prepare(
    `UPDATE runs SET ${columns
      .filter((column) => column !== 'id')
      .map((column) => `${column} = @${column}`)
      .join(', ')} WHERE id = @id AND revision = @expected`,
  );
  const selectRun = db.prepare(`SELECT ${columns.join(', ')} FROM runs WHERE id = ?`);
  const selectSteps = db.prepare('SELECT * FROM steps WHERE run = ?');
  const selectTouched = db.prepare(
    `SELECT node, max(CASE WHEN kind = 'verify-node' AND status = 'succeeded' THEN ended_at END) AS done_at
     FROM steps WHERE run = ? AND node IS NOT NULL GROUP BY node`,
  );
  const selectApprovals = db.prepare('SELECT by_user, at FROM approvals WHERE run = ? ORDER BY at');
  const stepColumns = Object.keys(StepRow.shape);
  const upsertStep = db.prepare(
    `INSERT INTO steps (run, kind, node, ${stepColumns.join(', ')})
     VALUES (@run, @kind, @node, ${stepColumns.map((c) => `@${c}`).join(', ')})
     ON CONFLICT (run, key) DO UPDATE SET ${stepColumns
       .filter((column) => column !== 'key')
       .map((column) => `${column} = excluded.${column}`)
       .join(', ')}`,
  );
  const insertApproval = db.prepare('INSERT INTO approvals (run, by_user, at) VALUES (?, ?, ?)');
  const insertEvent = db.prepare('INSERT INTO events (run, seq, at, kind, body) VALUES (?, ?, ?, ?, ?)');
  const selectEvents = db.prepare('SELECT seq, body FROM events WHERE run = ? AND seq > ? ORDER BY seq');

  const plans = planStatements(db);
  const leases = leaseStatements(db, now);
  const tellings = tellingStatements(db);
  const backups = backupStatements(db);
  const incidents = incidentStatements(db);
  const outputs = outputStatements(db);
  const looks = lookStatements(db);
  const forgetting = forgetStatements(db);
  const deliveries = deliveryStatements(db, clock);

  /** Undefined where only the row is left of a run. */
  const runOf = (raw: unknown): Run | undefined => {
    const row = RunRow.parse(raw);
    const plan = plans.of(row.id);
    if (!plan) return undefined;
    return runOfRow(
      row,
      plan,
      selectApprovals.all(row.id).map((approval) => ApprovalRow.parse(approval)),
      selectSteps.all(row.id).map((step) => stepOfRow(StepRow.parse(step))),
    );
  };

  const load = guarded((id: RunId) => {
    const raw = selectRun.get(id);
    return raw === undefined ? undefined : runOf(raw);
  });

  const select = (wanted: readonly string[], filter: RunFilter): unknown[] => {
    const { id, cluster, channel, kind, statuses, createdAfter, limit = 1_000 } = filter;
    const conditions = [
      ...(id ? ['id = ?'] : []),
      ...(cluster ? ['cluster = ?'] : []),
      ...(channel ? ['channel = ?'] : []),
      ...(kind ? ['kind = ?'] : []),
      ...(statuses ? [`status IN (${statuses.map(() => '?').join(', ')})`] : []),
      ...(createdAfter ? ['created_at > ?'] : []),
    ];
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const values = [id, cluster, channel, kind, ...(statuses ?? []), createdAfter].filter(
      (value) => value !== undefined,
    );
    return db
      .prepare(`SELECT ${wanted.join(', ')} FROM runs ${where} ORDER BY created_at DESC, id LIMIT ?`)
      .all(...values, limit);
  };

  /** Events, and the rows that they touched, as they are after all of them. */
  const writeEvents = (run: Run, events: readonly RunEvent[]): void => {
    const touched = new Set<string>();
    events.forEach((event, index) => {
      const seq = run.revision - events.length + index + 1;
      insertEvent.run(run.id, seq, event.at, event.kind, JSON.stringify(event));
      if (event.kind === 'approval-given') insertApproval.run(run.id, event.by, event.at);
      if ('step' in event && event.step) touched.add(event.step);
    });
    for (const key of touched) {
      const record = run.steps.get(key as never);
      if (!record) continue;
      const step = plans.step(run.id, key);
      const node = (step && nodeOf(step)) ?? null;
      upsertStep.run({ ...rowOfStep(run.id, step?.kind ?? 'unknown', record), node });
    }
  };

  const createRun = db.transaction((run: Run, events: readonly RunEvent[]) => {
    insertRun.run({ ...rowOfRun(run), headline: headlineOf(run.plan) });
    plans.add(run.id, run.plan);
    tellings.begin(run.id, run.channel);
    writeEvents(run, events);
  });

  const commitRun = db.transaction((run: Run, events: readonly RunEvent[], fence: number | undefined) => {
    if (fence !== undefined && leases.newestFence(run.cluster) !== fence)
      return { status: 'fenced' } as const;
    const changed = updateRun.run({ ...rowOfRun(run), expected: run.revision - events.length }).changes;
    if (changed === 0) return { status: 'conflict' } as const;
    writeEvents(run, events);
    return { status: 'committed' } as const;
  });

  return {
    create: guarded((run, events) => {
      plans.keep(run.id, run.plan);
      createRun.immediate(run, events);
    }),
    load: async (id) => {
      await plans.turn(id);
      return load(id);
    },
    list: guarded((filter) => select(columns, filter).flatMap((row) => runOf(row) ?? [])),
    touched: guarded((id) => selectTouched.all(id).map((row) => TouchedRow.parse(row))),
    heads: guarded((filter) => select(Object.keys(HeadRow.shape), filter).map((row) => headOfRow(row))),
    commit: guarded((run, events, fence) => {
      try {
        return commitRun.immediate(run, events, fence);
      } catch (error) {
        // The index one_run_holds_a_cluster: two plans of one cluster were approved in the same moment.
        if (isUniqueViolation(error)) return { status: 'cluster-held' } as const;
        throw error;
      }
    }),
    events: guarded((run, afterSeq) =>
      selectEvents.all(run, afterSeq).map((raw) => {
        const row = raw as { seq: number; body: string };
        return { run, seq: row.seq, event: RunEvent.parse(JSON.parse(row.body)) };
      }),
    ),
    forgetOldest: guarded((before, keep) => {
      const run = forgetting.oldest(before, keep);
      if (run !== undefined) plans.forget(run);
      return run;
    }),
    acquireLease: guarded(leases.acquire),
    renewLease: guarded(leases.renew),
    releaseLease: guarded(leases.release),
    firstTime: guarded(deliveries.firstTime),
    telling: guarded(tellings.get),
    saveTelling: guarded(tellings.save),
    unfinishedTellings: guarded(tellings.unfinished),
    declareIncident: guarded(incidents.declare),
    endIncident: guarded(incidents.end),
    openIncidents: guarded(incidents.open),
    addBackup: guarded(backups.add),
    backups: guarded(backups.list),
    beginAct: guarded(outputs.begin),
    keptTo: guarded(outputs.keptTo),
    keepOutput: guarded(outputs.keep),
    acts: guarded(outputs.acts),
    output: guarded(outputs.output),
    pruneOutputs: guarded(outputs.prune),
    beginLook: guarded(looks.begin),
    lookShownAt: guarded(looks.shownAt),
    endLook: guarded(looks.end),
    openLooks: guarded(looks.open),
    usualDurations: guarded((cluster) => usualDurations(db, cluster)),
    close: async () => database.close(),
  };
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE';
}
