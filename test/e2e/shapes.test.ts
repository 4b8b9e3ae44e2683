import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from './broker.ts';
import { type Ports, Site } from './site.ts';
import { until } from './until.ts';

/*
 * The shapes of the contract, on a site that ran for a while: 30 samples a second apart, windows of 10 s over them, one
 * sample of every kind of value, and two restarts.
 */

/** s; a multiple of 10. */
const START = 1_700_000_000;
const SAMPLES = 30;
const TEMPERATURE = 'lab/m1/temperature';
const US = 1_000_000;

const flow = ({ lines, tcp }: Ports): string => `
sources:
  http: { type: line-protocol, http: 127.0.0.1:${lines} }
  tcp: { type: line-protocol, listen: 127.0.0.1:${tcp} }
streams:
  raw: { from: [http, tcp] }
  ten: { from: http, steps: [ { window: { every: 10s, aggregate: [mean, min, max, count] } } ] }
`;

/** Of each kind a value in line protocol, in JSON, and in CSV. */
const SPECIAL: readonly (readonly [string, string | number | boolean, string])[] = [
  ['-0', -0, '-0'],
  ['5e-324', 5e-324, '5e-324'],
  ['1.7976931348623157e308', 1.7976931348623157e308, '1.7976931348623157e+308'],
  ['0.1', 0.1, '0.1'],
  ['9223372036854775807i', '9223372036854775807', '9223372036854775807'],
  ['-9223372036854775808i', '-9223372036854775808', '-9223372036854775808'],
  ['18446744073709551615u', '18446744073709551615', '18446744073709551615'],
  ['42i', 42, '42'],
  ['true', true, 'true'],
  ['f', false, 'false'],
  ['"a, \\"b\\" and ü"', 'a, "b" and ü', '"a, ""b"" and ü"'],
  ['"NaN"', 'NaN', '"NaN"'],
];

let site: Site;
beforeAll(async () => {
  site = await Site.start({ flow });
  const temperatures = Array.from(
    { length: SAMPLES },
    (_, i) => `temperature,machine=m1 value=${20 + i / 4} ${START + i}`,
  );
  const special = SPECIAL.map(([text], i) => `special,machine=m1 value=${text} ${START + i}`);
  const response = await site.write([...temperatures, ...special].join('\n'), { query: '?precision=s' });
  expect(response.status).toBe(204);
  await site.stored(TEMPERATURE, SAMPLES);
  await site.stored('lab/m1/special', SPECIAL.length);
  await site.stored(`${TEMPERATURE}/ten/mean`, 2);
  await site.status(
    'all is acked',
    ({ outbox, streams }) => outbox?.samples === 0 && Object.values(streams).every(({ lag }) => lag === 0),
  );
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

test('/series: all, and those that match; * is one level, ** any number', async () => {
  const rows = await site.api.series('lab/*/temperature');
  expect(rows).toEqual([
    {
      path: TEMPERATURE,
      type: 'double',
      unit: '',
      first: START * US,
      last: (START + SAMPLES - 1) * US,
      samples: SAMPLES,
    },
  ]);
  const paths = async (match?: string) => (await site.api.series(match)).map(({ path }) => path).sort();
  const windows = ['count', 'max', 'mean', 'min'].map((name) => `${TEMPERATURE}/ten/${name}`);
  expect(await paths('lab/m1/temperature/**')).toEqual(expect.arrayContaining(windows));
  expect(await paths('lab/*/temperature/ten/*')).toEqual(windows);
  expect(await paths('**/mean')).toContain(`${TEMPERATURE}/ten/mean`);
  expect(await paths('lab/*')).toEqual([]);
  expect(await paths('lab/**')).toEqual(await paths());
  expect(await paths('other/**')).toEqual([]);
});

test('/samples: rows as JSON, from inclusive, to exclusive, times as µs or ISO 8601', async () => {
  const all = await site.api.samples(TEMPERATURE);
  expect(all.series).toBe(TEMPERATURE);
  expect(all.columns).toEqual(['time', 'value', 'quality']);
  expect(all.rows).toEqual(Array.from({ length: SAMPLES }, (_, i) => [(START + i) * US, 20 + i / 4, 'good']));

  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  const same = [
    { from: `${(START + 3) * US}`, to: `${(START + 5) * US}` },
    { from: iso(START + 3), to: iso(START + 5) },
    { from: iso(START + 3).replace('.000Z', ''), to: iso(START + 5).replace('Z', '000+00:00') },
  ];
  for (const range of same)
    expect((await site.api.samples(TEMPERATURE, range)).rows, JSON.stringify(range)).toEqual(all.rows.slice(3, 5));
  expect((await site.api.samples(TEMPERATURE, { from: iso(START + 3), to: iso(START + 3) })).rows).toEqual([]);
});

test('/samples: CSV with its header, and the same as Parquet for whoever reads it', async () => {
  const response = await site.api.get('/api/v1/samples', {
    series: TEMPERATURE,
    format: 'csv',
    to: `${(START + 2) * US}`,
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/csv/);
  expect((await response.text()).split(/\r?\n/)).toEqual([
    'time,value,quality',
    `${START * US},20,good`,
    `${(START + 1) * US},20.25,good`,
    '',
  ]);

  const file = join(site.folder, 'samples.parquet');
  const parquet = await site.api.get('/api/v1/samples', { series: TEMPERATURE, format: 'parquet' });
  expect(parquet.status).toBe(200);
  writeFileSync(file, new Uint8Array(await parquet.arrayBuffer()));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const read = await connection.runAndReadAll(
    `SELECT epoch_us(time)::DOUBLE AS time, value, quality FROM read_parquet('${file}')`,
  );
  expect(read.getRows()).toEqual(Array.from({ length: SAMPLES }, (_, i) => [(START + i) * US, 20 + i / 4, 'good']));
  connection.closeSync();
  instance.closeSync();
});

test('every kind of value, in JSON and in CSV', async () => {
  const { rows } = await site.api.samples('lab/m1/special');
  expect(rows).toEqual(SPECIAL.map(([, value], i) => [(START + i) * US, value, 'good']));
  const csv = await (await site.api.get('/api/v1/samples', { series: 'lab/m1/special', format: 'csv' })).text();
  expect(csv.trimEnd().split(/\r?\n/).slice(1)).toEqual(
    SPECIAL.map(([, , text], i) => `${(START + i) * US},${text},good`),
  );
});

test('/aggregate: columns in the order of the request; what a stream makes is what the hub makes of the samples', async () => {
  const asked = await site.api.aggregate(TEMPERATURE, { every: '10s', fn: 'max,mean,count,min' });
  expect(asked.columns).toEqual(['time', 'max', 'mean', 'count', 'min']);
  const window = (n: number) => [(START + 10 * n) * US, 22.25 + 2.5 * n, 21.125 + 2.5 * n, 10, 20 + 2.5 * n];
  expect(asked.rows).toEqual([0, 1, 2].map(window));
  for (const name of ['max', 'mean', 'count', 'min']) {
    const { rows } = await site.api.samples(`${TEMPERATURE}/ten/${name}`);
    const at = asked.columns.indexOf(name);
    // The third window is open: nothing has come after its end.
    expect(rows, name).toEqual(asked.rows.slice(0, 2).map((row) => [row[0], row[at], 'good']));
  }
  const part = await site.api.aggregate(TEMPERATURE, {
    every: '1h',
    fn: 'first,last,sum,stddev',
    from: `${START * US}`,
    to: `${(START + 4) * US}`,
  });
  expect(part.columns).toEqual(['time', 'first', 'last', 'sum', 'stddev']);
  const [[time, first, last, sum, stddev]] = part.rows;
  expect([time, first, last, sum]).toEqual([Math.floor(START / 3600) * 3600 * US, 20, 20.75, 81.5]);
  expect(stddev).toBeCloseTo(0.3227486121839514, 12);
});

test.each<[string, string, Record<string, string>, RegExp]>([
  ['an unknown series', '/api/v1/samples', { series: 'lab/m1/temprature' }, /lab\/m1\/temperature/],
  ['an unknown series to aggregate', '/api/v1/aggregate', { series: 'lab/none', every: '1s', fn: 'mean' }, /./],
  ['no such path', '/api/v1/sample', {}, /./],
])('%s: 404 with a code, a message and a hint', async (_, path, parameters, hint) => {
  const response = await site.api.get(path, parameters);
  expect(response.status).toBe(404);
  await expectError(response, hint);
});

test.each<[string, string, Record<string, string>, RegExp]>([
  ['a time that is none', '/api/v1/samples', { series: TEMPERATURE, from: 'yesterday' }, /from/],
  ['a day that is none', '/api/v1/samples', { series: TEMPERATURE, to: '2023-02-30' }, /to/],
  ['a part of a µs', '/api/v1/samples', { series: TEMPERATURE, from: '1.5' }, /from/],
  ['from after to', '/api/v1/samples', { series: TEMPERATURE, from: '2', to: '1' }, /from/],
  ['an unknown format', '/api/v1/samples', { series: TEMPERATURE, format: 'xml' }, /json/],
  ['no series', '/api/v1/samples', {}, /series/],
  ['an unknown function', '/api/v1/aggregate', { series: TEMPERATURE, every: '10s', fn: 'median' }, /mean/],
  ['no length of windows', '/api/v1/aggregate', { series: TEMPERATURE, fn: 'mean' }, /every/],
  ['windows of nothing', '/api/v1/aggregate', { series: TEMPERATURE, every: '0s', fn: 'mean' }, /every/],
  ['a length that is none', '/api/v1/aggregate', { series: TEMPERATURE, every: 'often', fn: 'mean' }, /every/],
  ['an unknown parameter', '/api/v1/samples', { serie: TEMPERATURE }, /series/],
])('%s: 400 with a code, a message and a hint', async (_, path, parameters, says) => {
  const response = await site.api.get(path, parameters);
  expect(response.status).toBe(400);
  await expectError(response, says);
});

/** The error's message or hint is as expected. */
async function expectError(response: Response, says: RegExp): Promise<void> {
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const { error } = (await response.json()) as { error: { code: string; message: string; hint: string } };
  expect(error).toEqual({
    code: expect.stringMatching(/^[\w-]+$/),
    message: expect.any(String),
    hint: expect.stringMatching(/\w+/),
  });
  expect(`${error.message}\n${error.hint}`).toMatch(says);
}

/** Closed windows: two of the temperature, one of the numbers among the special values, each with four results. */
const RESULTS = 3 * 4;
const TOTAL = SAMPLES + SPECIAL.length + RESULTS;

test('/agents, whose totals survive restarts of both, and the status of the agent', async () => {
  const [before, ...others] = await until('all is acked', async () => {
    const agents = await site.api.agents();
    return agents[0].acked.samples >= TOTAL ? agents : undefined;
  });
  expect(others).toEqual([]);
  expect(before).toMatchObject({ id: 'press-1', site: 'lab', connected: true, gaps: [] });
  expect(before.acked.samples).toBe(TOTAL);
  expect(before.acked.segments).toBeGreaterThan(0);
  expect(before.acked.bytes).toBeGreaterThan(0);
  expect(Object.keys(before.backlog).sort()).toEqual(['bytes', 'samples']);
  await until('no backlog is reported', async () => (await site.api.agents())[0].backlog.samples === 0);

  const { sources, streams, journal, outbox, uplink, shed } = await site.agent.status();
  expect(sources.http).toMatchObject({ in: SAMPLES + SPECIAL.length, rejected: 0, state: 'running' });
  expect(streams.raw).toMatchObject({ in: SAMPLES + SPECIAL.length, out: SAMPLES + SPECIAL.length, lag: 0 });
  expect(streams.ten.out).toBe(RESULTS);
  expect(journal).toMatchObject({
    samples: SAMPLES + SPECIAL.length,
    bytes: expect.any(Number),
    oldest: expect.any(Number),
    newest: expect.any(Number),
  });
  expect(outbox).toMatchObject({ samples: 0 });
  expect(uplink).toMatchObject({ state: 'connected', acked: TOTAL });
  expect(shed).toEqual({});

  await site.agent.kill();
  await site.hub.kill();
  await until('the hub is back', async () => {
    await site.hub.start();
    return true;
  });
  const [absent] = await site.api.agents();
  expect(absent).toMatchObject({ id: 'press-1', connected: false, acked: before.acked });
  await site.agent.start();
  await until('the agent is back', async () => (await site.api.agents())[0].connected);
  expect((await site.api.agents())[0].acked).toEqual(before.acked);
  // What was acked right before the kill may not be recorded at the agent: then the hub's welcome acks it again.
  await until('all is acked at the agent', async () => (await site.agent.status()).uplink.acked === TOTAL);

  expect((await site.write(`more,machine=m1 value=1 ${START}000000000`)).status).toBe(204);
  await site.stored('lab/m1/more', 1);
  const [after] = await site.api.agents();
  expect(after.acked.samples).toBe(TOTAL + 1);
  expect(after.acked.segments).toBe(before.acked.segments + 1);
});

test('/healthz, /readyz, the OpenAPI document and the page', async () => {
  expect((await site.api.get('/healthz')).status).toBe(200);
  expect((await site.api.get('/readyz')).status).toBe(200);
  const document = (await (await site.api.get('/api/openapi.json')).json()) as { openapi: string; paths: object };
  expect(document.openapi).toMatch(/^3\./);
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['series', 'samples', 'aggregate', 'agents'].map((name) => `/api/v1/${name}`)),
  );
  const page = await site.api.get('/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
});

test('/metrics of both are what Prometheus reads', async (context) => {
  const texts = await Promise.all(
    [fetch(`${site.agent.statusUrl}/metrics`), site.api.get('/metrics')].map(async (response) =>
      (await response).text(),
    ),
  );
  for (const text of texts) expect(text).toMatch(/^# TYPE sluis_\w+ (counter|gauge|histogram)$/m);
  const promtool = findProgram('promtool');
  if (!promtool) {
    if (process.env.CI === 'true') throw new Error('promtool is not installed');
    return context.skip('promtool is not installed');
  }
  for (const input of texts) {
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  }
});
