import { z } from 'zod';
import { ChannelId, Instant, RunId } from '../../domain/names.ts';
import type { Telling } from '../../ports/run-store.ts';
import type { Connection } from './store-failure.ts';

const FileState = z.enum(['once', 'twice', 'words', 'done']);

const TellingRow = z
  .object({
    run: RunId,
    channel: ChannelId,
    parent_ts: z.string().nullable(),
    told_seq: z.number().int(),
    posting_at: Instant.nullable(),
    posting_seq: z.number().int().nullable(),
    cards: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.record(z.string(), z.string()))
      .nullable(),
    plan_file: FileState.nullable(),
    output_files: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(z.record(z.string(), FileState))
      .nullable(),
  })
  .transform(
    (row): Telling => ({
      run: row.run,
      channel: row.channel,
      toldSeq: row.told_seq,
      ...(row.parent_ts === null ? {} : { parentTs: row.parent_ts }),
      ...(row.posting_at === null ? {} : { postingAt: row.posting_at }),
      ...(row.posting_seq === null ? {} : { postingSeq: row.posting_seq }),
      ...(row.cards === null ? {} : { cards: row.cards }),
      ...(row.plan_file === null ? {} : { planFile: row.plan_file }),
      ...(row.output_files === null ? {} : { outputFiles: row.output_files }),
    }),
  );

/** How far runs have been told in Slack. A run's telling begins with the run, in the same transaction. */
export function tellingStatements(db: Connection) {
  const insert = db.prepare('INSERT INTO tellings (run, channel, told_seq) VALUES (?, ?, 0)');
  const select = db.prepare('SELECT * FROM tellings WHERE run = ?');
  const update = db.prepare(
    `UPDATE tellings SET channel = @channel, parent_ts = @parentTs, told_seq = @toldSeq, posting_at = @postingAt,
       posting_seq = @postingSeq, cards = @cards, plan_file = @planFile, output_files = @outputFiles
     WHERE run = @run`,
  );
  const behind = db.prepare(
    `SELECT tellings.* FROM tellings JOIN runs ON runs.id = tellings.run
     WHERE tellings.told_seq < runs.revision OR tellings.parent_ts IS NULL OR tellings.cards IS NOT NULL
       OR (runs.ended_at IS NOT NULL AND EXISTS (SELECT 1 FROM acts WHERE acts.run = runs.id)
         AND coalesce(json_extract(tellings.output_files, '$.log'), '') NOT IN ('twice', 'done'))
     ORDER BY runs.created_at`,
  );
  return {
    begin: (run: RunId, channel: ChannelId): void => {
      insert.run(run, channel);
    },
    get: (run: RunId): Telling | undefined => {
      const row = select.get(run);
      return row === undefined ? undefined : TellingRow.parse(row);
    },
    save: (telling: Telling): void => {
      update.run({
        ...telling,
        parentTs: telling.parentTs ?? null,
        postingAt: telling.postingAt ?? null,
        postingSeq: telling.postingSeq ?? null,
        cards: telling.cards === undefined ? null : JSON.stringify(telling.cards),
        planFile: telling.planFile ?? null,
        outputFiles: telling.outputFiles === undefined ? null : JSON.stringify(telling.outputFiles),
      });
    },
    unfinished: (): Telling[] => behind.all().map((row) => TellingRow.parse(row)),
  };
}
