import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { SeriesLimitError, UnavailableError } from '@sluis/plugin-sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeContext, until } from '../fake-context.ts';
import { type LineProtocolConfig, lineProtocolConfig } from './config.ts';
import { lineProtocol } from './line-protocol.ts';

let context: FakeContext<LineProtocolConfig>;
let source: ReturnType<typeof lineProtocol.create>;
let url: string;

async function start(options: object): Promise<void> {
  context = new FakeContext(lineProtocolConfig.parse({ type: 'line-protocol', http: '127.0.0.1:0', ...options }));
  source = lineProtocol.create(context);
  await source.start();
  await until('listening', () => context.states.at(-1)?.state === 'running');
  url = `http://${context.states.at(-1)?.detail?.replace('listening on ', '')}`;
}

async function startAgain(options: object): Promise<void> {
  await source[Symbol.asyncDispose]();
  await start(options);
}

beforeEach(() => start({ maxBody: '64KiB', maxLine: '4KiB' }));
afterEach(() => source[Symbol.asyncDispose]());

function write(
  body: string | Uint8Array<ArrayBuffer>,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${url}/api/v2/write${query}`, { method: 'POST', body, headers });
}

/** Fields of an error answer. */
async function errorOf(
  response: Response,
): Promise<{ code: string; message: string; rejected: number; errors: object[] }> {
  return (await response.json()) as Awaited<ReturnType<typeof errorOf>>;
}

const gzipped = (text: string | Buffer) => new Uint8Array(gzipSync(text));

test('204 once the samples are durable, not before', async () => {
  context.hold = true;
  let status = 0;
  const answered = write('m,machine=m1 value=20.5 1700000000000000000', { query: '?org=a&bucket=b' }).then(
    (response) => {
      status = response.status;
    },
  );
  await until('handed over', () => context.held.length === 1);
  expect(context.held[0].awaited).toBe(true);
  expect(status).toBe(0);
  context.release();
  await answered;
  expect(status).toBe(204);
  expect(context.stored).toEqual([{ path: 'lab/m1/m', time: 1_700_000_000_000_000, kind: 'double', value: 20.5 }]);
});

test.each([
  ['', '1700000000123456789', 1_700_000_000_123_456],
  ['?precision=ns', '1700000000123456789', 1_700_000_000_123_456],
  ['?precision=us', '1700000000123456', 1_700_000_000_123_456],
  ['?precision=ms', '1700000000123', 1_700_000_000_123_000],
  ['?precision=s', '1700000000', 1_700_000_000_000_000],
])('precision %s', async (query, timestamp, time) => {
  expect((await write(`m value=1 ${timestamp}`, { query })).status).toBe(204);
  expect(context.stored[0].time).toBe(time);
});

test('400 names the bad lines; the good ones are durable before it', async () => {
  const body = 'a value=1\nb value=x\nc value=2\nd\ne,t=1 value=3 noon\nf value=4\n';
  const response = await write(body);
  expect(response.status).toBe(400);
  expect(context.stored.map((row) => row.value)).toEqual([1, 2, 4]);
  expect(await errorOf(response)).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/^line 2, column 9: the value is not .* and 2 more; all other lines are stored$/),
    line: 2,
    rejected: 3,
    errors: [
      { line: 2, column: 9, text: 'b value=x' },
      { line: 4, column: 2, text: 'd' },
      { line: 5, column: 15, text: 'e,t=1 value=3 noon' },
    ],
  });
  expect(context.rejected.reduce((sum, { count }) => sum + count, 0)).toBe(3);
});

test('the list of bad lines is bounded', async () => {
  const response = await write('bad\n'.repeat(5000));
  const { rejected, errors } = await errorOf(response);
  expect(rejected).toBe(5000);
  expect(errors.length).toBe(100);
  expect(context.stored).toEqual([]);
});

test('series beyond the limit are named, the others stored', async () => {
  const intern = context.series.intern.bind(context.series);
  context.series.intern = (path) => {
    if (path.endsWith('new')) throw new SeriesLimitError('one series more than the limit');
    return intern(path);
  };
  const response = await write('m old=1,new=2\n');
  expect(response.status).toBe(400);
  expect((await errorOf(response)).message).toContain('line 1, column 9: one series more than the limit');
  expect(context.stored.map((row) => row.path)).toEqual(['lab/m/old']);
});

test('429 with Retry-After while the journal takes nothing', async () => {
  context.refusal = new UnavailableError('the disk is full', { retryAfterSeconds: 7 });
  const response = await write('m value=1\nbad\n');
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('7');
  expect(await errorOf(response)).toEqual({ code: 'too many requests', message: 'the disk is full', stored: 0 });
  expect(context.states.at(-1)).toEqual({
    state: 'degraded',
    detail: 'senders are told to repeat what they send: the disk is full',
  });
  context.refusal = undefined;
  expect((await write('m value=1\n')).status).toBe(204);
  expect(context.states.at(-1)?.state).toBe('running');
});

test('while senders are told to repeat, the health says so; when none was for a while, all is well again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    context.refusal = new UnavailableError('the disk is full', { retryAfterSeconds: 7 });
    await write('m value=1\n');
    vi.advanceTimersByTime(15_000);
    await write('m value=1\n');
    vi.advanceTimersByTime(20_000);
    const ill = await fetch(`${url}/health`);
    expect([ill.status, await ill.json()]).toMatchObject([
      503,
      { status: 'fail', message: 'senders are told to repeat what they send: the disk is full' },
    ]);
    expect(context.states.at(-1)?.state).toBe('degraded');
    vi.advanceTimersByTime(1_000);
    expect(context.states.at(-1)).toMatchObject({ state: 'running', detail: expect.stringMatching(/^listening on /) });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  } finally {
    vi.useRealTimers();
  }
});

test('gzip is accepted', async () => {
  expect((await write(gzipped('m value=1\n'.repeat(1000)), { headers: { 'content-encoding': 'gzip' } })).status).toBe(
    204,
  );
  expect(context.stored.length).toBe(1000);
});

test('a gzip bomb is refused where it passes the limit', async () => {
  const bomb = gzipped(Buffer.alloc(50 << 20, '\n'));
  expect(bomb.length).toBeLessThan(64 << 10);
  const response = await write(bomb, { headers: { 'content-encoding': 'gzip' } });
  expect(response.status).toBe(413);
  expect((await errorOf(response)).code).toBe('request too large');
  expect(context.rejectedCount('body')).toBe(1);
});

test.each([
  ['not gzip at all', Buffer.from('m value=1\n')],
  ['cut off', gzipSync('m value=1\n'.repeat(1000)).subarray(0, 40)],
])('gzip that is %s: 400', async (_, body) => {
  const response = await write(new Uint8Array(body), { headers: { 'content-encoding': 'gzip' } });
  expect(response.status).toBe(400);
  expect((await errorOf(response)).message).toContain('not gzip');
});

test('an unknown encoding: 415, an unknown precision: 400', async () => {
  expect((await write('m value=1', { headers: { 'content-encoding': 'br' } })).status).toBe(415);
  const response = await write('m value=1', { query: '?precision=h' });
  expect(response.status).toBe(400);
  expect((await errorOf(response)).message).toBe('the precision "h" is not known: use ns, us, ms or s');
  expect(context.stored).toEqual([]);
});

test('413 for a body over the limit, declared or not', async () => {
  expect((await write('m value=1\n'.repeat(10_000))).status).toBe(413);
  const chunked = httpRequest(`${url}/api/v2/write`, { method: 'POST' });
  chunked.on('error', () => chunked.destroy());
  const answered = once(chunked, 'response');
  chunked.write('m value=1\n'.repeat(10_000));
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  response.resume();
  chunked.destroy();
});

test('bodies larger than a piece are stored in parts, each awaited', async () => {
  await startAgain({});
  expect((await write('m value=1 1000\n'.repeat(60_000))).status).toBe(204);
  expect(context.stored.length).toBe(60_000);
  expect(context.writes).toBeGreaterThan(1);
});

test('429 says how much of a long body is stored already; of one that fits into a piece it is all or nothing', async () => {
  await startAgain({});
  const body = Array.from({ length: 60_000 }, (_, i) => `m value=${i} ${i}000\n`).join('');
  context.hold = true;
  const answered = write(body);
  await until('the first piece', () => context.held.length === 1);
  context.refusal = new UnavailableError('the journal is full', { retryAfterSeconds: 3 });
  context.release();
  const response = await answered;
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
  const { stored } = context;
  expect(stored.length).toBeGreaterThan(10_000);
  expect(stored.length).toBeLessThan(60_000);
  expect(await response.json()).toMatchObject({
    stored: stored.length,
    message: `the journal is full; ${stored.length} samples of this body are stored: repeat all of it, those with a time count once`,
  });
  context.refusal = undefined;
  expect((await write(body)).status).toBe(204);
  // Sent again it is stored again, at the same times: identity makes one of the two.
  expect(new Set(context.stored.map(({ time }) => time)).size).toBe(60_000);
});

test('requests beyond the limit are answered 429, also on one connection, and the others go on', async () => {
  await startAgain({ maxRequests: 2 });
  context.hold = true;
  const answered = [write('m value=1\n'), write('m value=2\n')];
  await until('two wait', () => context.held.length === 2);
  const third = await write('m value=3\n');
  expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await errorOf(third)).message).toContain('2 requests are under way (maxRequests)');
  expect(context.rejectedCount('request limit')).toBe(1);
  context.release();
  expect((await Promise.all(answered)).map(({ status }) => status)).toEqual([204, 204]);
  expect((await write('m value=3\n')).status).toBe(204);
});

test('connections beyond the limit are refused and counted; the others go on', async () => {
  await startAgain({ maxConnections: 1 });
  context.hold = true;
  const first = write('m value=1\n');
  await until('handed over', () => context.held.length === 1);
  const { hostname, port } = new URL(url);
  const second = connect({ host: hostname, port: Number(port) });
  second.on('error', () => second.destroy());
  await until('counted', () => context.rejectedCount('connection limit') === 1);
  context.release();
  expect((await first).status).toBe(204);
});

test('a client that is too slow is answered 408, counted, and holds no place', async () => {
  await startAgain({ timeout: '100ms', maxRequests: 1 });
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  socket.write('POST /api/v2/write HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nm value=1\n');
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  await until('counted', () => context.rejectedCount('incomplete request') === 1);
  // Another one has the place; on a busy machine it may be too slow for this limit itself.
  await expect.poll(async () => (await write('m value=2\n')).status).toBe(204);
  expect(context.stored.at(-1)?.value).toBe(2);
  expect(context.stored.every(({ value }) => value !== 1)).toBe(true);
});

test('a client that goes away within a body disturbs nobody', async () => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write('POST /api/v2/write HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nm value=1\nm val');
  await once(socket, 'connect');
  socket.resetAndDestroy();
  expect((await write('m value=2\n')).status).toBe(204);
  expect(context.stored.map((row) => row.value)).toEqual([2]);
});

test('a URL that cannot be read: 400', async () => {
  const { hostname, port } = new URL(url);
  const request = httpRequest({ hostname, port, path: '//', method: 'POST' }).end();
  const [response] = await once(request, 'response');
  expect(response.statusCode).toBe(400);
  response.resume();
});

test('what clients of InfluxDB ask first', async () => {
  const ping = await fetch(`${url}/ping`);
  expect(ping.status).toBe(204);
  const health = await fetch(`${url}/health`);
  expect(await health.json()).toMatchObject({ status: 'pass' });
  const missing = await fetch(`${url}/query`);
  expect([missing.status, (await errorOf(missing)).code]).toEqual([404, 'not found']);
  const method = await fetch(`${url}/api/v2/write`);
  expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
});
