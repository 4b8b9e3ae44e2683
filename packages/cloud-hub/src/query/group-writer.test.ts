import { DuckDBInstance } from '@duckdb/node-api';
import { Kind } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import type { SampleFile } from '../store/sample-files.ts';
import { fileRows } from './file-rows.ts';
import { GroupWriter } from './group-writer.ts';
import { mergeGroups } from './merge-groups.ts';
import { ordAt, ROW_GROUP_ROWS, type RowSource } from './sample-rows.ts';
import { readFiles, readSamples, summarySql } from './sample-sql.ts';
import { compareUtf8 } from './utf8-order.ts';

const signal = new AbortController().signal;
const LATEST = 2 ** 53 - 1;

interface Sample {
  readonly path: string;
  readonly time: number;
  readonly value: number;
  readonly quality: number;
  readonly kind: number;
  readonly revision: number;
  readonly ord: bigint;
  readonly integer: bigint;
  readonly text: string;
}

const sample: fc.Arbitrary<Sample> = fc.record({
  path: fc.constantFrom('a', 'a/b', 'lab/\u{FF5E}', 'lab/\u{1F600}', 'z'.repeat(300)),
  time: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -LATEST, max: LATEST })),
  value: fc.oneof(fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity), fc.double(), fc.integer()),
  quality: fc.nat(2),
  kind: fc.nat(4),
  revision: fc.nat(0xffff),
  ord: fc.oneof(fc.constantFrom(0n, 1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  integer: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  text: fc.string({ unit: 'grapheme' }),
});

/** Sorted, each identity once; exact values only where the kind has them. */
const group = fc
  .uniqueArray(sample, { selector: ({ path, time }) => `${time} ${path}`, maxLength: 200 })
  .map((samples) =>
    samples
      .map((one) => ({
        ...one,
        integer: one.kind === Kind.int64 || one.kind === Kind.uint64 ? one.integer : 0n,
        text: one.kind === Kind.text ? one.text : '',
      }))
      .sort((a, b) => compareUtf8(a.path, b.path) || a.time - b.time),
  );

test('whatever is written DuckDB reads, bit for bit, and so does this hub; of each series the small file tells', async () => {
  await using duckdb = await reading();
  await fc.assert(
    fc.asyncProperty(group, fc.constantFrom(3, 50, 1_000), async (samples, maxRows) => {
      const files = await duckdb.write(samples, maxRows);
      expect(files.reduce((sum, { rows }) => sum + rows, 0)).toBe(samples.length);
      if (files.length === 0) return;
      const read =
        await duckdb.rows(`SELECT series, epoch_us(time)::BIGINT, value, quality, kind, revision, ord, "integer",
        "text" FROM ${readSamples(files)}`);
      expect(read).toEqual(samples.map(asRow));
      expect(await ownRows(files)).toEqual(samples.map(asRow));
      for (const { path, seriesPath, rows, ...extent } of files) {
        expect(rows).toBeLessThanOrEqual(maxRows);
        const both = `(${summarySql(path)}) EXCEPT ALL SELECT * FROM ${readFiles([seriesPath])}`;
        expect(await duckdb.rows(both)).toEqual([]);
        const [found] = await duckdb.rows(
          `SELECT min(series), max(series), epoch_us(min(time))::DOUBLE, epoch_us(max(time))::DOUBLE FROM ${readFiles([path])}`,
        );
        expect([extent.firstSeries, extent.lastSeries, extent.firstTime, extent.lastTime]).toEqual(found);
      }
    }),
    { numRuns: 25 },
  );
});

test('a merge takes of each identity what counts, whoever wrote the files', async () => {
  await using duckdb = await reading();
  await fc.assert(
    fc.asyncProperty(
      fc.array(group, { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean()),
      async (groups, others) => {
        const sources: SampleFile[] = [];
        for (const [i, samples] of groups.entries()) {
          const files = await duckdb.write(samples, 40);
          if (others[i]) for (const { path } of files) await duckdb.rewrite(path);
          sources.push(...files.map((file) => ({ ...file, group: i })));
        }
        const writer = new GroupWriter(duckdb.target(100), signal);
        const job = { retention: [], now: 0, dropBefore: -200 };
        await mergeGroups(sources, job, {
          writer,
          rowsOf: (file) => fileRows(file, { duckdb: async () => duckdb.instance, signal }),
        });
        const counting = new Map<string, Sample>();
        for (const one of groups.flat()) {
          const rival = counting.get(`${one.time} ${one.path}`);
          const wins =
            !rival || one.revision > rival.revision || (one.revision === rival.revision && one.ord > rival.ord);
          if (wins && one.time >= job.dropBefore) counting.set(`${one.time} ${one.path}`, one);
        }
        const expected = [...counting.values()].sort((a, b) => compareUtf8(a.path, b.path) || a.time - b.time);
        expect(await ownRows(await writer.finish())).toEqual(expected.map(asRow));
      },
    ),
    { numRuns: 20 },
  );
});

test('row groups tell what they hold', async () => {
  await using duckdb = await reading();
  const count = 2 * ROW_GROUP_ROWS + 100;
  const source: RowSource = {
    time: Float64Array.from({ length: count }, (_, i) => 1.7e15 + i * 1e6 + (i % 7) ** 6),
    value: Float64Array.from({ length: count }, (_, i) => (i < ROW_GROUP_ROWS ? i % 50 : i * Math.PI)),
    quality: new Uint8Array(count),
    ord: 7n,
  };
  const writer = new GroupWriter(duckdb.target(1e6), signal);
  for (const path of ['a', 'b']) {
    await writer.begin(count);
    await writer.addAll(path, source, 0, count);
  }
  const [file] = await writer.finish();
  expect(
    await duckdb.rows(`SELECT row_group_num_rows::DOUBLE, stats_min_value, stats_max_value FROM parquet_metadata('${file.path}')
      WHERE path_in_schema = 'series' ORDER BY row_group_id`),
  ).toEqual([
    [ROW_GROUP_ROWS, 'a', 'a'],
    [ROW_GROUP_ROWS, 'a', 'a'],
    [ROW_GROUP_ROWS, 'a', 'b'],
    [ROW_GROUP_ROWS, 'b', 'b'],
    [2 * count - 4 * ROW_GROUP_ROWS, 'b', 'b'],
  ]);
  const wrong = `SELECT count(*)::DOUBLE FROM (SELECT (row_number() OVER ()) - 1 AS i, * FROM ${readFiles([file.path])})
    WHERE epoch_us(time) <> 1700000000000000 + (i % ${count}) * 1000000 + ((i % ${count}) % 7) ** 6 OR ord <> 7`;
  expect(await duckdb.rows(wrong)).toEqual([[0]]);
  const [[values]] = await duckdb.rows(`SELECT list(value) FROM ${readFiles([file.path])}`);
  expect((values as { items: number[] }).items).toEqual([...source.value, ...source.value]);
});

test('what is not finished leaves no file', async () => {
  await using duckdb = await reading();
  {
    await using writer = new GroupWriter(duckdb.target(2), signal);
    const source = { time: Float64Array.of(1, 2, 3), value: new Float64Array(3), quality: new Uint8Array(3), ord: 0n };
    await writer.begin(3);
    await writer.addAll('a', source, 0, 3);
    expect((await duckdb.rows(`SELECT count(*)::DOUBLE FROM glob('${duckdb.folder}/*')`))[0][0]).toBe(2);
  }
  expect(await duckdb.rows(`SELECT * FROM glob('${duckdb.folder}/*')`)).toEqual([]);
});

async function reading() {
  const folder = temporaryFolder();
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  let jobs = 0;
  const target = (maxRows: number) => ({ folder: folder.path, prefix: String(++jobs), maxRows });
  return {
    folder: folder.path,
    instance,
    target,
    async rows(sql: string) {
      return (await connection.runAndReadAll(sql)).getRows();
    },
    async write(samples: readonly Sample[], maxRows: number): Promise<SampleFile[]> {
      const writer = new GroupWriter(target(maxRows), signal);
      const source = sourceOf(samples);
      for (let start = 0, end = 0; start < samples.length; start = end) {
        while (end < samples.length && samples[end].path === samples[start].path) end++;
        await writer.begin(end - start);
        await writer.addAll(samples[start].path, source, start, end);
      }
      return (await writer.finish()).map((file, id) => ({ ...file, id, group: 0 }));
    },
    /** As DuckDB writes it. */
    async rewrite(path: string) {
      await connection.run(`CREATE OR REPLACE TEMP TABLE copied AS SELECT * FROM ${readFiles([path])}`);
      await connection.run(`COPY copied TO '${path}' (FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1)`);
    },
    async [Symbol.asyncDispose]() {
      instance.closeSync();
      folder[Symbol.dispose]();
    },
  };
}

async function ownRows(files: readonly Omit<SampleFile, 'id' | 'group'>[]): Promise<unknown[][]> {
  const all: unknown[][] = [];
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  for (const [id, file] of files.entries()) {
    for await (const rows of fileRows({ ...file, id, group: 0 }, { duckdb: async () => instance, signal })) {
      for (const [run, path] of rows.paths.entries()) {
        for (let row = rows.starts[run]; row < (rows.starts[run + 1] ?? rows.length); row++) {
          const kind = rows.kind?.[row] ?? 0;
          all.push(
            asRow({
              path,
              time: rows.time[row],
              value: rows.value[row],
              quality: rows.quality[row],
              kind,
              revision: rows.revision?.[row] ?? 0,
              ord: ordAt(rows, row),
              integer: rows.integer?.[row] ?? 0n,
              text: kind === Kind.text ? (rows.texts?.[rows.text?.[row] ?? 0] ?? '') : '',
            }),
          );
        }
      }
    }
  }
  instance.closeSync();
  return all;
}

/** As DuckDB gives it. */
function asRow({ path, time, value, quality, kind, revision, ord, integer, text }: Sample): unknown[] {
  const exact = kind === Kind.int64 || kind === Kind.uint64 ? integer : null;
  return [path, BigInt(time), value, quality, kind, revision, ord, exact, kind === Kind.text ? text : null];
}

function sourceOf(samples: readonly Sample[]): RowSource {
  return {
    time: Float64Array.from(samples, ({ time }) => time),
    value: Float64Array.from(samples, ({ value }) => value),
    quality: Uint8Array.from(samples, ({ quality }) => quality),
    kind: Uint8Array.from(samples, ({ kind }) => kind),
    revision: Uint16Array.from(samples, ({ revision }) => revision),
    ord: { starts: samples.map((_, row) => row), values: samples.map(({ ord }) => ord) },
    integer: BigInt64Array.from(samples, ({ integer }) => integer),
    text: Uint32Array.from(samples, (_, row) => row),
    texts: samples.map(({ text }) => text),
  };
}
