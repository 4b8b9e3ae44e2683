import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Quality } from '@sluis/protocol';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Row, TestAgent } from '../../test/test-agent.ts';
import { type TemporaryStore, temporaryStore } from '../../test/temporary-store.ts';

let hub: TemporaryStore;

beforeAll(async () => {
  // Small tables, so that a few rows are spread over many.
  hub = await temporaryStore({ limits: { rowsPerTable: 40 } });
});

afterAll(() => hub[Symbol.asyncDispose]());

async function answer(
  path: string,
): Promise<{ status: number; type: string | null; name: string | null; text: string }> {
  const response = await hub.get(path);
  const { status, headers } = response;
  return {
    status,
    type: headers.get('content-type'),
    name: headers.get('content-disposition'),
    text: await response.text(),
  };
}

async function json(path: string): Promise<unknown> {
  const { status, text } = await answer(path);
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

let epochs = 0;
async function agent(name: string): Promise<TestAgent> {
  const made = new TestAgent({ ingest: hub.ingest, agent: name, epoch: (++epochs).toString(16).padStart(32, '0') });
  await made.open();
  return made;
}

async function stored(name: string, ...segments: readonly (readonly Row[])[]): Promise<void> {
  const from = await agent(name);
  for (const rows of segments) expect(await from.send(rows)).toBe('stored');
}

describe('samples', () => {
  test('every kind of value keeps its own type and exact text', async () => {
    const path = 'kinds/m/x';
    const values: Row['value'][] = [
      0.1,
      -0,
      5e-324,
      1.7976931348623157e308,
      1e21,
      123456789.12345679,
      NaN,
      Infinity,
      -Infinity,
      true,
      false,
      'a "quoted", text\nwith lines',
      '',
      '1',
      9007199254740992n,
      9007199254740993n,
      -9007199254740993n,
      42n,
    ];
    const rows: Row[] = values.map((value, i) => ({ path, time: i, value }));
    rows.push({ path, time: 100, value: 18446744073709551615n, unsigned: true, quality: Quality.uncertain });
    rows.push({ path, time: 101, value: 1, quality: Quality.bad });
    await stored('kinds', rows);
    const { text } = await answer(`/api/v1/samples?series=${path}`);
    expect(text).toBe(
      '{"series":"kinds/m/x","columns":["time","value","quality"],"rows":[' +
        '[0,0.1,"good"],[1,-0,"good"],[2,5e-324,"good"],[3,1.7976931348623157e+308,"good"],[4,1e+21,"good"],' +
        '[5,123456789.12345679,"good"],[6,"NaN","good"],[7,"Infinity","good"],[8,"-Infinity","good"],' +
        '[9,true,"good"],[10,false,"good"],[11,"a \\"quoted\\", text\\nwith lines","good"],[12,"","good"],[13,"1","good"],' +
        '[14,9007199254740992,"good"],[15,"9007199254740993","good"],[16,"-9007199254740993","good"],[17,42,"good"],' +
        '[100,"18446744073709551615","uncertain"],[101,1,"bad"]],"gaps":[]}',
    );
    const csv = await answer(`/api/v1/samples?series=${path}&format=csv`);
    expect(csv.type).toBe('text/csv; charset=utf-8');
    expect(csv.name).toBe('attachment; filename="kinds-m-x.csv"');
    expect(csv.text.split('\n').slice(0, 4)).toEqual([
      'time,value,quality',
      '0,0.1,good',
      '1,-0,good',
      '2,5e-324,good',
    ]);
    expect(csv.text).toContain('11,"a ""quoted"", text\nwith lines",good\n12,"",good\n13,"1",good\n');
    expect(csv.text).toContain('6,NaN,good\n7,Infinity,good\n8,-Infinity,good\n9,true,good\n');
    expect(
      csv.text.endsWith(
        '15,9007199254740993,good\n16,-9007199254740993,good\n17,42,good\n100,18446744073709551615,uncertain\n101,1,bad\n',
      ),
    ).toBe(true);
  });

  test('from is inclusive, to exclusive; µs or ISO, with or without a zone', async () => {
    const path = 'times/m/x';
    const base = Date.UTC(2026, 0, 31, 8) * 1000;
    await stored(
      'times',
      [-1, 0, 1, 1_500_000].map((offset) => ({ path, time: base + offset, value: offset })),
    );
    const values = async (query: string) => {
      const { rows } = (await json(`/api/v1/samples?series=${path}${query}`)) as { rows: [number, number][] };
      return rows.map(([, value]) => value);
    };
    expect(await values('')).toEqual([-1, 0, 1, 1_500_000]);
    expect(await values(`&from=${base}&to=${base + 1}`)).toEqual([0]);
    expect(await values('&from=2026-01-31T08:00:00Z')).toEqual([0, 1, 1_500_000]);
    expect(await values('&from=2026-01-31T08:00:00.0000005Z&to=2026-01-31T08:00:01.5Z')).toEqual([0, 1]);
    expect(await values('&from=2026-01-31T09:00:00%2B01:00')).toEqual([0, 1, 1_500_000]);
    expect(await values('&from=2026-01-31T09:00:00+01:00')).toEqual([0, 1, 1_500_000]);
    expect(await values('&to=2026-01-31 08:00')).toEqual([-1]);
    expect(await values('&to=2026-01-31')).toEqual([]);
    expect(await values(`&from=${base}&to=${base}`)).toEqual([]);
  });

  test('a path may hold any character', async () => {
    const path = `odd/m%2F1/"quotes' <b> & ünïcödé ;--/${'x'.repeat(500)}`;
    await stored('odd', [{ path, time: 1, value: 1 }]);
    const { series } = (await json(`/api/v1/samples?series=${encodeURIComponent(path)}`)) as { series: string };
    expect(series).toBe(path);
  });

  test('parquet holds the same rows', async () => {
    const path = 'parquet/m/x';
    await stored(
      'parquet',
      [2, 1, 3].map((time) => ({ path, time: time * 1_000_000, value: time / 10 })),
    );
    const response = await hub.get(`/api/v1/samples?series=${path}&format=parquet`);
    expect(response.headers.get('content-type')).toBe('application/vnd.apache.parquet');
    expect(await parquetRows(new Uint8Array(await response.arrayBuffer()), 'epoch_us(time), value, quality')).toEqual([
      ['1000000', 0.1, 'good'],
      ['2000000', 0.2, 'good'],
      ['3000000', 0.3, 'good'],
    ]);
    const windows = await hub.get(`/api/v1/aggregate?series=${path}&every=2s&fn=max,count&format=parquet`);
    expect(await parquetRows(new Uint8Array(await windows.arrayBuffer()), 'epoch_us(time), "max", "count"')).toEqual([
      ['0', 0.1, 1],
      ['2000000', 0.3, 2],
    ]);
  });
});

async function parquetRows(bytes: Uint8Array, columns: string): Promise<unknown[][]> {
  const { writeFileSync } = await import('node:fs');
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const { temporaryFolder } = await import('../../test/temporary-folder.ts');
  using folder = temporaryFolder();
  const file = `${folder.path}/answer.parquet`;
  writeFileSync(file, bytes);
  const connection = await (await DuckDBInstance.create()).connect();
  const rows = (await connection.runAndReadAll(`SELECT ${columns} FROM '${file}' ORDER BY time`)).getRows();
  return rows.map((row) => row.map((value) => (typeof value === 'bigint' ? String(value) : value)));
}

describe('identity', () => {
  const times = fc.integer({ min: -3, max: 12 });
  const value = fc.oneof(
    fc.double(),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ maxLength: 3, unit: 'grapheme' }),
  );
  const row = (path: string) =>
    fc.record({
      path: fc.constant(path),
      time: times,
      value,
      quality: fc.constantFrom(0, 1, 2),
      revision: fc.constantFrom(0, 0, 0, 1, 2),
    });
  const segments = (path: string) =>
    fc.array(fc.array(row(path), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 });
  let round = 0;

  test('of two samples the higher revision wins, then the later in the log, in whatever order they come', async () => {
    await fc.assert(
      fc.asyncProperty(segments('?'), fc.array(fc.nat()), async (log, order) => {
        const path = `identity/${++round}/x`;
        const named = log.map((rows) => rows.map((one) => ({ ...one, path }) as Row));
        const sender = await agent(`identity-${round}`);
        const sent = [];
        for (const rows of named) sent.push(await sender.segment(rows));
        const shuffled = sent.map((segment, i) => ({ segment, key: order[i] ?? 0 })).toSorted((a, b) => a.key - b.key);
        for (const { segment } of shuffled) expect(await hub.ingest.store(segment)).toBe('stored');

        const expected = winners(named.flat());
        const { rows } = (await json(`/api/v1/samples?series=${path}`)) as { rows: unknown[][] };
        expect(rows).toEqual(
          expected.map((one) => [one.time, jsonOf(one.value), ['good', 'uncertain', 'bad'][one.quality ?? 0]]),
        );

        const { series } = (await json(`/api/v1/series?match=identity/${round}/*`)) as { series: unknown[] };
        const last = expected.at(-1);
        expect(series).toEqual([
          {
            path,
            unit: 'Cel',
            type: typeOf(last?.value),
            first: expected[0].time,
            last: last?.time,
            samples: expected.length,
          },
        ]);

        const { rows: windows } = (await json(`/api/v1/aggregate?series=${path}&every=4us&fn=count,first,last`)) as {
          rows: unknown[][];
        };
        expect(windows).toEqual(referenceWindows(expected, 4));
      }),
      { numRuns: 40 },
    );
  });
});

function winners(rows: readonly Row[]): Row[] {
  const byTime = new Map<number, Row>();
  for (const one of rows) {
    const rival = byTime.get(one.time);
    if (!rival || (one.revision ?? 0) >= (rival.revision ?? 0)) byTime.set(one.time, one);
  }
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

function jsonOf(one: Row['value']): unknown {
  if (typeof one === 'bigint') return one > 2n ** 53n || one < -(2n ** 53n) ? String(one) : Number(one);
  return typeof one === 'number' && !Number.isFinite(one) ? String(one) : one;
}

function typeOf(one: Row['value'] | undefined): string {
  return one === undefined
    ? ''
    : { number: 'double', boolean: 'boolean', bigint: 'int64', string: 'text' }[typeof one as 'number'];
}

function referenceWindows(rows: readonly Row[], every: number): unknown[][] {
  const counted = rows.filter(
    ({ quality, value }) => quality !== Quality.bad && typeof value !== 'string' && !Number.isNaN(Number(value)),
  );
  const byStart = Map.groupBy(counted, ({ time }) => Math.floor(time / every) * every);
  return [...byStart].map(([start, members]) => {
    return [start, members.length, ...[members[0], members.at(-1)].map((member) => jsonOf(Number(member?.value)))];
  });
}

describe('aggregate', () => {
  test('windows are aligned to 1970, and columns come in the order asked for', async () => {
    const path = 'windows/m/x';
    const values = [1, 2, 4, 8, 16];
    await stored(
      'windows',
      values.map((value, i) => ({ path, time: (i * 5 - 10) * 1_000_000, value })),
    );
    await stored('windows', [
      { path, time: 1, value: 1000, quality: Quality.bad },
      { path, time: 2, value: 'text' },
      { path, time: 3_000_000, value: 6, quality: Quality.uncertain },
    ]);
    expect(
      await json(`/api/v1/aggregate?series=${path}&every=10s&fn=last,first,max,min,mean,sum,count,stddev`),
    ).toEqual({
      series: path,
      columns: ['time', 'last', 'first', 'max', 'min', 'mean', 'sum', 'count', 'stddev'],
      rows: [
        [-10_000_000, 2, 1, 2, 1, 1.5, 3, 2, Math.SQRT1_2],
        [0, 8, 4, 8, 4, 6, 18, 3, 2],
        [10_000_000, 16, 16, 16, 16, 16, 16, 1, null],
      ],
    });
    expect((await answer(`/api/v1/aggregate?series=${path}&every=10s&fn=stddev,count&from=0&format=csv`)).text).toBe(
      'time,stddev,count\n0,2,3\n10000000,,1\n',
    );
  });

  test('values that are not finite are aggregated as doubles are', async () => {
    const path = 'windows/m/odd';
    const odd = [
      [Infinity, 1],
      [Infinity, -Infinity],
      [NaN, 1],
      [1e308, 1e308],
      [1e200, -1e200],
    ];
    await stored(
      'odd windows',
      odd.flatMap((pair, i) => pair.map((value, j) => ({ path, time: i * 10 + j, value }))),
    );
    const { rows } = (await json(`/api/v1/aggregate?series=${path}&every=10us&fn=sum,mean,stddev`)) as {
      rows: unknown[][];
    };
    expect(rows).toEqual([
      [0, 'Infinity', 'Infinity', 'NaN'],
      [10, 'NaN', 'NaN', 'NaN'],
      [20, 1, 1, null],
      [30, 'Infinity', 'Infinity', 'Infinity'],
      [40, 0, 0, 'Infinity'],
    ]);
  });
});

async function paths(match: string): Promise<string[]> {
  const { series } = (await json(`/api/v1/series?match=${encodeURIComponent(match)}`)) as {
    series: { path: string }[];
  };
  return series.map(({ path }) => path);
}

describe('series', () => {
  test('a pattern selects: * is one level, ** any', async () => {
    await stored(
      'patterns',
      ['pat/a/t', 'pat/b/t', 'pat/b/c/t'].map((path) => ({ path, time: 1, value: 1 })),
    );
    expect(await paths('pat/*/t')).toEqual(['pat/a/t', 'pat/b/t']);
    expect(await paths('pat/**')).toEqual(['pat/a/t', 'pat/b/t', 'pat/b/c/t']);
    expect(await paths('pat/b/c/t')).toEqual(['pat/b/c/t']);
    expect(await paths('nothing')).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each([
    ['/api/v1/samples', 400, 'bad-parameter', 'series is missing'],
    ['/api/v1/samples?series=', 400, 'bad-parameter', 'series'],
    ['/api/v1/samples?series=a&series=b', 400, 'bad-parameter', 'series'],
    ['/api/v1/samples?series=nowhere', 404, 'unknown-series', 'nowhere'],
    ['/api/v1/samples?series=a&from=yesterday', 400, 'bad-parameter', "'yesterday' is not a time"],
    ['/api/v1/samples?series=a&from=2026-02-30', 400, 'bad-parameter', 'is not a time'],
    ['/api/v1/samples?series=a&from=99999999999999999', 400, 'bad-parameter', 'is not a time'],
    ['/api/v1/samples?series=a&from=1.5', 400, 'bad-parameter', 'is not a time'],
    ['/api/v1/samples?series=a&from=2&to=1', 400, 'bad-parameter', 'after to'],
    ['/api/v1/samples?series=a&format=xml', 400, 'bad-parameter', 'format'],
    ['/api/v1/samples?series=a&frm=1', 400, 'unknown-parameter', 'frm'],
    ['/api/v1/aggregate?series=a', 400, 'bad-parameter', 'every is missing'],
    ['/api/v1/aggregate?series=a&every=0s', 400, 'bad-parameter', 'is not a duration'],
    ['/api/v1/aggregate?series=a&every=10', 400, 'bad-parameter', 'is not a duration'],
    ['/api/v1/aggregate?series=a&every=10s&fn=median', 400, 'bad-parameter', "'median' is none of"],
    ['/api/v1/aggregate?series=a&every=10s&fn=mean,mean', 400, 'bad-parameter', 'twice'],
    ['/api/v1/aggregate?series=nowhere&every=10s', 404, 'unknown-series', 'nowhere'],
    ['/api/v1/chart?series=nowhere', 404, 'unknown-series', 'nowhere'],
    ['/api/v1/chart?series=a&pixels=0', 400, 'bad-parameter', 'pixels'],
    ['/api/v1/chart?series=a&pixels=4097', 400, 'bad-parameter', 'pixels'],
    ['/api/v1/chart?series=a&pixels=1.5', 400, 'bad-parameter', 'pixels'],
    ['/api/v1/chart?series=a&from=2&to=1', 400, 'bad-parameter', 'after to'],
    ['/api/v1/series?pattern=x', 400, 'unknown-parameter', 'pattern'],
    ['/api/v1/agents?x=1', 400, 'unknown-parameter', 'x'],
    ['/api/v1/nothing', 404, 'not-found', '/api/v1/nothing'],
    ['/api/v1/samples/%', 400, 'bad-request', ''],
  ])('%s → %i %s', async (path, status, code, message) => {
    const found = await answer(path);
    expect(found.status).toBe(status);
    expect(found.type).toContain('application/json');
    const body = JSON.parse(found.text) as { error: { code: string; message: string; hint: string } };
    expect(body.error.code).toBe(code);
    expect(body.error.message).toContain(message);
    expect(body.error.hint).not.toBe('');
  });

  test('an unknown series or parameter that is nearly right is pointed out', async () => {
    await stored('near', [{ path: 'near/press-1/temperature', time: 1, value: 1 }]);
    expect((await answer('/api/v1/samples?series=near/press-1/temprature')).text).toContain(
      'did you mean near/press-1/temperature?',
    );
    expect((await answer('/api/v1/aggregate?series=a&evry=1s')).text).toContain('did you mean every?');
  });
});

const promtool = ['/usr/bin/promtool', process.env.PROMTOOL].find((file) => file !== undefined && existsSync(file));
if (!promtool && process.env.CI === 'true') throw new Error('promtool is missing: install the package prometheus');
if (!promtool) console.warn('skipped: promtool is not installed, so the metrics are not checked by it');

describe('operation', () => {
  test.skipIf(!promtool)('metrics are as Prometheus wants them', async () => {
    await stored('metrics', [{ path: 'metrics/m/x', time: 1, value: 1 }]);
    const { text, type } = await answer('/metrics');
    expect(type).toContain('text/plain');
    const checkedBy = spawnSync(promtool ?? '', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(`${checkedBy.stdout}${checkedBy.stderr}`).toBe('');
    expect(checkedBy.status).toBe(0);
    expect(text).toMatch(/^sluis_hub_segments_total\{outcome="stored"\} [1-9]/m);
    expect(text).toMatch(/^sluis_hub_hot_samples [1-9]/m);
    expect(text).toMatch(/^sluis_hub_compactions_total\{outcome="failed"\} 0/m);
    expect(text).toMatch(/^sluis_hub_removed_samples_total\{reason="size limit"\} 0/m);
    expect(text).toMatch(
      /^sluis_hub_http_request_duration_seconds_count\{route="\/api\/v1\/samples",status="200"\} [1-9]/m,
    );
  });

  test('agents are listed with their totals and gaps', async () => {
    const sender = await agent('listed');
    await hub.ingest.connected('listed', true, 5);
    const segment = await sender.segment([{ path: 'listed/m/x', time: 1, value: 1 }]);
    await hub.ingest.store(segment);
    const gap = { from: 5, to: 9, samples: 40, reason: 'quota' };
    await hub.ingest.report({
      agent: 'listed',
      epoch: sender.epoch,
      backlogSamples: 3,
      backlogBytes: 30,
      now: 7_000_000,
      shed: [{ lane: 2, ...gap, firstTime: 10, lastTime: 20 }],
    });
    const { agents } = (await json('/api/v1/agents')) as { agents: { id: string }[] };
    expect(agents.find(({ id }) => id === 'listed')).toEqual({
      id: 'listed',
      site: 'lab',
      software: 'test',
      connected: true,
      lastSeen: 7_000_000,
      problem: null,
      acked: { samples: 1, segments: 1, bytes: segment.bytes.length },
      dropped: {},
      backlog: { samples: 3, bytes: 30 },
      gaps: [{ epoch: sender.epoch, lane: 'data', ...gap, firstTime: 10, lastTime: 20 }],
    });
    expect((await answer('/metrics')).text).toContain('sluis_hub_gap_samples{reason="quota"} 40\n');
    const gaps = [{ from: 10, to: 20, samples: 40, reason: 'quota', agent: 'listed' }];
    expect(await json('/api/v1/samples?series=listed/m/x')).toMatchObject({ rows: [[1, 1, 'good']], gaps });
    expect(await json('/api/v1/samples?series=listed/m/x&from=20&to=30')).toMatchObject({ gaps });
    expect(await json('/api/v1/samples?series=listed/m/x&to=10')).toMatchObject({ gaps: [] });
    expect(await json('/api/v1/samples?series=listed/m/x&from=21')).toMatchObject({ gaps: [] });
    const other = await agent('whole');
    await hub.ingest.store(await other.segment([{ path: 'whole/m/x', time: 15, value: 1 }]));
    expect(await json('/api/v1/samples?series=whole/m/x')).toMatchObject({ gaps: [] });
  });

  test('health, readiness and the description of the API', async () => {
    expect(await json('/healthz')).toEqual({ status: 'ok' });
    expect(await json('/readyz')).toEqual({ status: 'ready', checks: { store: 'ok', queries: 'ok' } });
    const document = (await json('/api/openapi.json')) as {
      openapi: string;
      paths: Record<string, { get: { parameters?: { name: string; required: boolean }[] } }>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual([
      '/api/v1/agents',
      '/api/v1/aggregate',
      '/api/v1/chart',
      '/api/v1/samples',
      '/api/v1/series',
      '/api/v1/store',
      '/healthz',
      '/readyz',
    ]);
    const parameters = document.paths['/api/v1/aggregate'].get.parameters ?? [];
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['series', true],
      ['from', false],
      ['to', false],
      ['every', true],
      ['fn', false],
      ['format', false],
    ]);
  });
});
