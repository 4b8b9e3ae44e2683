import { Kind, qualityNames } from '@sluis/protocol';
import { ascendingSamples, type SampleRows } from './ascending-samples.ts';
import { type Pieces, planned, type Sources } from './planned.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import { type ChartRow, PixelColumns, ROWS_PER_COLUMN, rowOf } from './pixel-columns.ts';
import { onlyDoubles, samplesSql } from './plan.ts';
import type { ChartQuery } from './query.ts';
import { doubleJson, exactJson } from './value-text.ts';

/** Texts may be long: so many characters of them are kept at once. */
const MOST_CHARACTERS = 4 << 20;

/**
 * `GET /chart`. Few enough samples come all as they are. Of more, a line gets what {@link PixelColumns} picks, and a
 * series of texts its changes, of which the latest stay. The samples come in order and once each, and pass through: what
 * is kept depends on the pixels, not on them. One pass here takes half the time that SQL takes to group them.
 */
export async function answerChart(query: ChartQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { from, to } = shownTimes(query, sources);
  const { series, pixels } = query;
  const { chunks, shape } = await planned({ series, from, to }, sources, run, samplesSql);
  const form = shape.kinds === 1 << Kind.text ? 'changes' : 'line';
  const samples = ascendingSamples(chunks, !onlyDoubles(shape.kinds));
  const most = pixels * ROWS_PER_COLUMN;
  return text();

  async function* text(): Pieces {
    yield `{"series":${JSON.stringify(series)},"from":${from},"to":${to},"form":"${form}","columns":["time","value","quality"],"rows":[`;
    const few = await firstRows(samples, most);
    let written = 0;
    const textOf = (rows: readonly ChartRow[]): string =>
      rows.map((row) => `${written++ === 0 ? '' : ','}${rowText(row)}`).join('');
    if (few.whole) {
      for (const rows of few.rows) yield textOf([...allOf(rows)]);
    } else if (form === 'changes') {
      yield textOf(await latestChanges(rest(few.rows, samples), most));
    } else {
      const columns = new PixelColumns({ from, to, pixels });
      for await (const rows of rest(few.rows, samples)) yield textOf(columns.add(rows));
      yield textOf(columns.end());
    }
    yield `],"downsampled":${!few.whole},"gaps":${JSON.stringify(query.gaps)}}`;
  }
}

/** Of the times asked for those between the series' first and last sample: columns elsewhere would show nothing. */
function shownTimes({ series, from, to }: ChartQuery, { index, cuts, take }: Sources): { from: number; to: number } {
  const id = index.id(series);
  if (id === undefined || index.rows(id) === 0) return { from: 0, to: 0 };
  const end = index.last(id) + 1;
  const last = Math.min(to ?? end, end);
  return { from: Math.min(Math.max(from ?? -Infinity, index.first(id), cuts.of(take())(series)), last), to: last };
}

/** All rows if there are no more than so many, and no more text than may be kept; otherwise those read to find out. */
async function firstRows(
  samples: AsyncGenerator<SampleRows>,
  most: number,
): Promise<{ readonly rows: readonly SampleRows[]; readonly whole: boolean }> {
  const rows: SampleRows[] = [];
  for (let [count, characters] = [0, 0]; count <= most && characters <= MOST_CHARACTERS;) {
    const next = await samples.next();
    if (next.done) return { rows, whole: true };
    rows.push(next.value);
    count += next.value.length;
    for (const value of next.value.exact ?? []) characters += charactersOf(value);
  }
  return { rows, whole: false };
}

async function* rest(first: readonly SampleRows[], samples: AsyncGenerator<SampleRows>): AsyncGenerator<SampleRows> {
  yield* first;
  yield* samples;
}

/** Rows whose text or quality is not that of the row before; no more than the latest so many, and not too much text. */
async function latestChanges(samples: AsyncIterable<SampleRows>, most: number): Promise<readonly ChartRow[]> {
  const changes: ChartRow[] = [];
  let [dropped, characters] = [0, 0];
  let before: ChartRow | undefined;
  for await (const rows of samples) {
    for (let i = 0; i < rows.length; i++) {
      if (before && rows.exact?.[i] === before.exact && rows.quality[i] === before.quality) continue;
      before = rowOf(rows, i);
      changes.push(before);
      characters += charactersOf(before.exact);
      while (changes.length - dropped > most || characters > MOST_CHARACTERS)
        characters -= charactersOf(changes[dropped++].exact);
    }
    changes.splice(0, dropped);
    dropped = 0;
  }
  return changes;
}

function charactersOf(value: ChartRow['exact']): number {
  return typeof value === 'string' ? value.length : 0;
}

function* allOf(rows: SampleRows): Generator<ChartRow> {
  for (let i = 0; i < rows.length; i++) yield rowOf(rows, i);
}

function rowText({ time, value, quality, exact }: ChartRow): string {
  return `[${time},${exact === undefined ? doubleJson(value) : exactJson(exact)},"${qualityNames[quality]}"]`;
}
