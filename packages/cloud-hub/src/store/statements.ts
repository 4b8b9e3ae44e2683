import type { Lane, SeriesDefinition } from '@sluis/protocol';
import type Database from 'better-sqlite3';
import type { GapRange } from './gaps.ts';
import type { DropReason } from './ingest-store.ts';
import type { LossRow } from './journal-losses.ts';

/** Hex digits of an epoch that name its outbox, whatever epoch that is in. */
export const OUTBOX_DIGITS = 16;

/** A segment as it lies in the store. `id` grows in the order of commits. */
export interface StoredSegment {
  readonly id: number;
  /** The epoch's ordinal. */
  readonly epoch: number;
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  readonly bytes: Uint8Array;
}

export interface HubSeries extends SeriesDefinition {
  readonly id: number;
}

/** What is in segments and not in files. */
export interface Hot {
  readonly samples: number;
  readonly bytes: number;
}

export type GapRow = GapRange & { agent: string; epoch: string; ordinal: number; lane: Lane };

/** Segments up to this id are in files. */
const THROUGH = '(SELECT through FROM file_view)';

/** The length of a blob is read without it. */
const hotColumns = 'coalesce(sum(samples), 0) AS samples, coalesce(sum(length(bytes)), 0) AS bytes';
const lossColumns =
  'epoch, source, reason, samples, first AS "from", next AS "to", first_time AS firstTime, last_time AS lastTime';
const gapColumns = 'first AS "from", next AS "to", samples, reason, first_time AS firstTime, last_time AS lastTime';

export type Statements = ReturnType<typeof prepareStatements>;

/** What the store asks of its database. */
export function prepareStatements(database: Database.Database) {
  return preparedWhenUsed({
    hot: () => database.prepare<[], Hot>(`SELECT ${hotColumns} FROM segments WHERE id > ${THROUGH}`),
    hotThrough: () =>
      database.prepare<[number], Hot>(`SELECT ${hotColumns} FROM segments WHERE id > ${THROUGH} AND id <= ?`),
    segmentRange: () =>
      database.prepare<[number], { epoch: number; lane: Lane; from: number; to: number; samples: number }>(
        'SELECT epoch, lane, first AS "from", next AS "to", samples FROM segments WHERE id = ?',
      ),
    discardSegments: () =>
      database.prepare<[number]>(
        `DELETE FROM segments WHERE id IN (SELECT id FROM segments WHERE id <= ${THROUGH} ORDER BY id LIMIT ?)`,
      ),
    lastSegment: () =>
      database.prepare<[], { id: number }>(`SELECT seq AS id FROM sqlite_sequence WHERE name = 'segments'`),
    putAgent: () =>
      database.prepare(`
      INSERT INTO agents (organisation, id, site, software, last_seen) VALUES (@organisation, @agent, @site, @software, @now)
      ON CONFLICT (organisation, id) DO UPDATE SET site = @site, software = @software, last_seen = @now`),
    putEpoch: () =>
      database.prepare(`
      INSERT INTO epochs (organisation, site, agent, epoch, first_seen) VALUES (@organisation, @site, @agent, @epoch, @now)
      ON CONFLICT DO NOTHING`),
    epoch: () =>
      database.prepare<[string, string, string], { ordinal: number }>(
        'SELECT ordinal FROM epochs WHERE organisation = ? AND agent = ? AND epoch = ?',
      ),
    epochSite: () => database.prepare<[number], { site: string }>('SELECT site FROM epochs WHERE ordinal = ?'),
    received: () =>
      database.prepare<[number], { lane: Lane; first: number; next: number }>(
        'SELECT lane, first, next FROM received WHERE epoch = ? ORDER BY lane, first',
      ),
    receivedOf: () =>
      database.prepare<[number, number], { from: number; to: number }>(
        'SELECT first AS "from", next AS "to" FROM received WHERE epoch = ? AND lane = ?',
      ),
    toldOfOutbox: () =>
      database.prepare<
        [{ organisation: string; agent: string; outbox: string; lane: number; below: number }],
        { from: number; to: number }
      >(`
      WITH own AS (
        SELECT ordinal FROM epochs
        WHERE organisation = @organisation AND agent = @agent AND substr(epoch, 1, ${OUTBOX_DIGITS}) = @outbox
      )
      SELECT first AS "from", next AS "to" FROM received WHERE epoch IN own AND lane = @lane AND first < @below
      UNION ALL SELECT first, next FROM gaps WHERE epoch IN own AND lane = @lane AND first < @below`),
    dropReceived: () =>
      database.prepare<[number, number, number, number]>(
        'DELETE FROM received WHERE epoch = ? AND lane = ? AND next >= ? AND first <= ?',
      ),
    putReceived: () => database.prepare('INSERT INTO received (epoch, lane, first, next) VALUES (?, ?, ?, ?)'),
    highest: () =>
      database.prepare<[number, number], { next: number; crc: number }>(
        'SELECT next, crc FROM highest WHERE epoch = ? AND lane = ?',
      ),
    putHighest: () => database.prepare('INSERT OR REPLACE INTO highest (epoch, lane, next, crc) VALUES (?, ?, ?, ?)'),
    knownSeries: () =>
      database.prepare<[number], { known: number }>(
        'SELECT coalesce(max(id) + 1, 0) AS known FROM definitions WHERE epoch = ?',
      ),
    definedPath: () =>
      database.prepare<[number, number], { path: string }>(
        'SELECT path FROM definitions JOIN series ON series.id = definitions.series WHERE epoch = ? AND definitions.id = ?',
      ),
    putDefinition: () =>
      database.prepare<[number, number, number | null, DropReason | null]>(
        'INSERT INTO definitions (epoch, id, series, dropped) VALUES (?, ?, ?, ?)',
      ),
    droppedIds: () =>
      database.prepare<[number], { id: number; reason: DropReason }>(
        'SELECT id, dropped AS reason FROM definitions WHERE epoch = ? AND dropped IS NOT NULL',
      ),
    addDropped: () =>
      database.prepare(`
      INSERT INTO dropped (organisation, agent, reason, samples) VALUES (@organisation, @agent, @reason, @samples)
      ON CONFLICT DO UPDATE SET samples = samples + @samples`),
    dropped: () =>
      database.prepare<[string], { agent: string; reason: DropReason; samples: number }>(
        'SELECT agent, reason, samples FROM dropped WHERE organisation = ?',
      ),
    definitionsFrom: () =>
      database.prepare<[number, number], { series: number }>(
        'SELECT coalesce(series, 0) AS series FROM definitions WHERE epoch = ? AND id >= ? ORDER BY id',
      ),
    seriesOf: () =>
      database.prepare<[string, string], { id: number }>('SELECT id FROM series WHERE organisation = ? AND path = ?'),
    putSeries: () =>
      database.prepare(
        'INSERT INTO series (id, organisation, site, path, unit) VALUES (@id, @organisation, @site, @path, @unit)',
      ),
    lastSeries: () => database.prepare<[], { id: number }>('SELECT coalesce(max(id), 0) AS id FROM series'),
    seriesAfter: () =>
      database.prepare<[number, number], HubSeries>(
        'SELECT id, path, unit FROM series WHERE id > ? ORDER BY id LIMIT ?',
      ),
    putSegment: () =>
      database.prepare(`
      INSERT INTO segments (epoch, lane, first, next, samples, crc, bytes)
      VALUES (@epoch, @lane, @from, @to, @samples, @crc, @bytes)`),
    segmentsAfter: () =>
      database.prepare<[number], StoredSegment>(`
      SELECT id, epoch, lane, first AS "from", next AS "to", samples, bytes FROM segments
      WHERE id > max(?, ${THROUGH}) ORDER BY id`),
    addTotals: () =>
      database.prepare(`
      UPDATE agents SET samples = samples + @samples, segments = segments + 1, bytes = bytes + @bytes
      WHERE organisation = @organisation AND id = @agent`),
    putBacklog: () =>
      database.prepare(`
      UPDATE agents SET backlog_samples = @backlogSamples, backlog_bytes = @backlogBytes, last_seen = @now
      WHERE organisation = @organisation AND id = @agent`),
    seen: () => database.prepare('UPDATE agents SET last_seen = ? WHERE organisation = ? AND id = ?'),
    agents: () => database.prepare<[string], AgentRecord>('SELECT * FROM agents WHERE organisation = ? ORDER BY id'),
    laneGaps: () =>
      database.prepare<[number, number], GapRange>(
        `SELECT ${gapColumns} FROM gaps WHERE epoch = ? AND lane = ? ORDER BY first`,
      ),
    dropGaps: () => database.prepare('DELETE FROM gaps WHERE epoch = ? AND lane = ?'),
    putGap: () =>
      database.prepare(`
      INSERT INTO gaps (epoch, lane, first, next, samples, reason, first_time, last_time)
      VALUES (@ordinal, @lane, @from, @to, @samples, @reason, @firstTime, @lastTime)`),
    dropLost: () => database.prepare<[number, string]>('DELETE FROM gaps WHERE epoch = ? AND reason = ?'),
    hasGaps: () => database.prepare<[], unknown>('SELECT 1 FROM gaps UNION ALL SELECT 1 FROM journal_losses LIMIT 1'),
    gaps: () =>
      database.prepare<[string], GapRow>(`
      SELECT agent, epochs.epoch, ordinal, lane, ${gapColumns}
      FROM gaps JOIN epochs ON epochs.ordinal = gaps.epoch WHERE organisation = ? ORDER BY ordinal, lane, first`),
    gapsOf: () =>
      database.prepare<[{ series: number; from: number; to: number }], GapRow>(`
      SELECT agent, epochs.epoch, ordinal, lane, ${gapColumns}
      FROM gaps JOIN epochs ON epochs.ordinal = gaps.epoch
      WHERE gaps.epoch IN (SELECT epoch FROM definitions WHERE series = @series)
        AND (first_time IS NULL OR last_time IS NULL OR (first_time < @to AND last_time >= @from))
      ORDER BY first_time, ordinal, lane, first`),
    lossesOf: () =>
      database.prepare<[string, string], LossRow>(
        `SELECT ${lossColumns} FROM journal_losses WHERE organisation = ? AND agent = ? ORDER BY number`,
      ),
    dropLosses: () => database.prepare('DELETE FROM journal_losses WHERE organisation = ? AND agent = ?'),
    putLoss: () =>
      database.prepare(`
      INSERT INTO journal_losses
      VALUES (@organisation, @agent, @number, @epoch, @source, @reason, @samples, @from, @to, @firstTime, @lastTime)`),
    lossesAround: () =>
      database.prepare<[{ series: number; from: number; to: number; limit: number }], LossRow & { agent: string }>(`
      SELECT agent, ${lossColumns} FROM journal_losses
      WHERE agent IN (
          SELECT agent FROM epochs WHERE ordinal IN (SELECT epoch FROM definitions WHERE series = @series)
        )
        AND (first_time IS NULL OR last_time IS NULL OR (first_time < @to AND last_time >= @from))
      ORDER BY first_time, agent, number LIMIT @limit`),
    epochOrFirst: () =>
      database.prepare<[{ organisation: string; agent: string; epoch: string; outbox: string }], { ordinal: number }>(`
      SELECT ordinal FROM epochs
      WHERE organisation = @organisation AND agent = @agent AND substr(epoch, 1, ${OUTBOX_DIGITS}) = @outbox
      ORDER BY epoch <> @epoch, ordinal LIMIT 1`),
    epochBefore: () =>
      database.prepare<[string, string, number], { ordinal: number; epoch: string; samples: number }>(`
      SELECT ordinal, epoch, backlog_samples AS samples
      FROM epochs JOIN agents ON agents.organisation = epochs.organisation AND agents.id = epochs.agent
      WHERE epochs.organisation = ? AND agent = ? AND ordinal < ? ORDER BY ordinal DESC LIMIT 1`),
  });
}

/** Values by name, each made when it is first asked for: most starts of a hub, and most of its work, use few statements. */
function preparedWhenUsed<T extends Record<string, () => unknown>>(
  prepare: T,
): { readonly [Name in keyof T]: ReturnType<T[Name]> } {
  const prepared = {} as { [Name in keyof T]: ReturnType<T[Name]> };
  for (const [name, make] of Object.entries(prepare)) {
    Object.defineProperty(prepared, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = make();
        Object.defineProperty(prepared, name, { enumerable: true, value });
        return value;
      },
    });
  }
  return prepared;
}

interface AgentRecord {
  readonly id: string;
  readonly site: string;
  readonly software: string;
  readonly last_seen: number;
  readonly samples: number;
  readonly segments: number;
  readonly bytes: number;
  readonly backlog_samples: number;
  readonly backlog_bytes: number;
}
