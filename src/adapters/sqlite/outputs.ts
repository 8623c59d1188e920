import { z } from 'zod';
import { type ClusterName, Instant, NodeName, RunId, StepKey } from '../../domain/names.ts';
import { underWayStatuses } from '../../domain/run.ts';
import {
  type ActRecord,
  type ActRef,
  keptOutput,
  keptRuns,
  type OutputPiece,
} from '../../ports/output-store.ts';
import type { Connection } from './store-failure.ts';

const Ending = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('exited'), code: z.number().int(), at: Instant }),
  z.strictObject({ status: z.literal('unknown'), reason: z.string(), at: Instant }),
]);

const ActRow = z
  .object({
    base: z.string(),
    attempt: z.number().int(),
    run: RunId,
    step: StepKey,
    node: NodeName,
    purpose: z.string(),
    began_at: Instant,
    ending: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(Ending)
      .nullable(),
  })
  .transform(
    ({ began_at: beganAt, ending, ...row }): ActRecord => ({
      ...row,
      beganAt,
      ...(ending === null ? {} : { ending }),
    }),
  );

const PieceRow = z
  .object({ from_byte: z.number().int(), to_byte: z.number().int(), at: Instant, text: z.string() })
  .transform(
    (row): OutputPiece => ({
      from: row.from_byte,
      to: row.to_byte,
      at: row.at,
      lines: row.text.split('\n'),
    }),
  );

const SizeRow = z.object({ from_byte: z.number().int(), size: z.number().int() });

/** ports/output-store.ts in SQLite. */
export function outputStatements(db: Connection) {
  const insertAct = db.prepare(
    `INSERT INTO acts (base, attempt, run, step, node, purpose, began_at)
     VALUES (@base, @attempt, @run, @step, @node, @purpose, @beganAt) ON CONFLICT DO NOTHING`,
  );
  const endAct = db.prepare('UPDATE acts SET ending = ? WHERE base = ? AND attempt = ? AND ending IS NULL');
  const selectActs = db.prepare('SELECT * FROM acts WHERE run = ? ORDER BY began_at, base, attempt');
  const lastByte = db
    .prepare('SELECT coalesce(max(to_byte), 0) FROM outputs WHERE base = ? AND attempt = ?')
    .pluck();
  const insertPiece = db.prepare(
    `INSERT INTO outputs (base, attempt, from_byte, to_byte, at, size, text) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const sizeOf = db
    .prepare('SELECT coalesce(sum(size), 0) FROM outputs WHERE base = ? AND attempt = ?')
    .pluck();
  const sizes = db.prepare(
    'SELECT from_byte, size FROM outputs WHERE base = ? AND attempt = ? ORDER BY from_byte',
  );
  const removePieces = db.prepare(
    'DELETE FROM outputs WHERE base = ? AND attempt = ? AND from_byte BETWEEN ? AND ?',
  );
  const selectPieces = db.prepare(
    'SELECT from_byte, to_byte, at, text FROM outputs WHERE base = ? AND attempt = ? ORDER BY from_byte',
  );
  const prune = db.prepare(
    `DELETE FROM acts WHERE run IN (
       SELECT id FROM runs WHERE cluster = ? AND status NOT IN ('proposed', ${underWayStatuses.map(() => '?').join(', ')})
         AND EXISTS (SELECT 1 FROM acts WHERE acts.run = runs.id)
       ORDER BY created_at DESC, id LIMIT -1 OFFSET ?)`,
  );

  /** Of a long output the middle goes: the head is never touched again, and pieces after it go as the tail grows. */
  const trim = ({ base, attempt }: ActRef): void => {
    const { head, tail } = keptOutput;
    if (Number(sizeOf.get(base, attempt)) <= head + tail) return;
    const rows = sizes.all(base, attempt).map((row) => SizeRow.parse(row));
    let before = 0;
    const afterHead = rows.findIndex(({ size }) => (before += size) > head);
    let kept = 0;
    const lastGone = rows.findLastIndex(({ size }) => (kept += size) > tail);
    const [first, last] = [rows[afterHead], rows[lastGone]];
    if (!first || !last || lastGone < afterHead) return;
    removePieces.run(base, attempt, first.from_byte, last.from_byte);
  };

  const keep = db.transaction(
    (act: ActRef, pieces: readonly OutputPiece[], ending: ActRecord['ending'] | undefined): void => {
      const { base, attempt } = act;
      let end = Number(lastByte.get(base, attempt));
      for (const { from, to, at, lines } of pieces) {
        if (from < end || to <= from) continue;
        const text = lines.join('\n');
        insertPiece.run(base, attempt, from, to, at, Buffer.byteLength(text), text);
        end = to;
      }
      trim(act);
      if (ending) endAct.run(JSON.stringify(ending), base, attempt);
    },
  );

  return {
    begin: (act: Omit<ActRecord, 'ending'>): void => {
      insertAct.run(act);
    },
    keptTo: ({ base, attempt }: ActRef): number => Number(lastByte.get(base, attempt)),
    keep: (act: ActRef, pieces: readonly OutputPiece[], ending?: ActRecord['ending']): void =>
      keep.immediate(act, pieces, ending),
    acts: (run: RunId): ActRecord[] => selectActs.all(run).map((row) => ActRow.parse(row)),
    output: ({ base, attempt }: ActRef): OutputPiece[] =>
      selectPieces.all(base, attempt).map((row) => PieceRow.parse(row)),
    prune: (cluster: ClusterName): void => {
      prune.run(cluster, ...underWayStatuses, keptRuns);
    },
  };
}
