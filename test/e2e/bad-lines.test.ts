import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainFlow, Site } from './site.ts';

/*
 * What a machine may send wrong in line protocol: the answer is the contract's, it is counted, and all else goes on.
 */

const SECONDS = 1_700_000_000;
const NS = `${SECONDS}000000000`;
/** Of a body after decompression, and of a line: the flow below sets them. */
const MAX_BODY = 1 << 20;
const MAX_LINE = 4096;

let site: Site;
beforeAll(async () => {
  site = await Site.start({
    flow: (ports) =>
      plainFlow(ports).replace(
        /(type: line-protocol,)/g,
        `$1 maxBody: ${MAX_BODY >> 10}KiB, maxLine: ${MAX_LINE >> 10}KiB,`,
      ),
  });
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

async function rejected(source: string): Promise<number> {
  return (await site.agent.status()).sources[source].rejected;
}

/** Writes a line of a new series, and waits until it has come through: the rest goes on. */
let witnesses = 0;
async function expectToGoOn(): Promise<void> {
  const tag = `witness-${witnesses++}`;
  expect((await site.write(`ok,m=${tag} value=1 ${NS}`)).status).toBe(204);
  await site.stored(`lab/${tag}/ok`, 1);
}

test('bad lines in a good body: 400 names each, the good ones are stored', async () => {
  const before = await rejected('http');
  const body = [
    `good,m=a value=1 ${NS}`,
    'no fields at all',
    `good,m=b value=2 ${NS}`,
    `bad,m=a value=twelve ${NS}`,
    `bad,m=a value=NaN ${NS}`,
    `bad,m=a value=1 yesterday`,
    `bad,m= value=1 ${NS}`,
    `bad value= ${NS}`,
    `bad,m=a value="not closed ${NS}`,
  ].join('\n');
  const response = await site.write(body);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/json');
  const answer = await response.text();
  for (const line of [2, 4, 5, 6, 7, 8, 9])
    expect(answer, `line ${line} is named`).toMatch(new RegExp(`"?line"?:? ?${line}\\b`));
  for (const line of [1, 3]) expect(answer, `line ${line} is not named`).not.toMatch(new RegExp(`"line":${line}\\b`));
  await site.stored('lab/a/good', 1);
  await site.stored('lab/b/good', 1);
  expect(await rejected('http')).toBe(before + 7);
  expect((await site.api.series('lab/**')).map(({ path }) => path).filter((path) => path.includes('bad'))).toEqual([]);
  await expectToGoOn();
});

test('numbers that line protocol does not have are refused, also as integers out of range', async () => {
  const bad = [
    'NaN',
    'Inf',
    '-Infinity',
    '9223372036854775808i',
    '-1u',
    '18446744073709551616u',
    '1e999',
    '0x10',
    '1_000',
    '.',
    '--1',
    '1.5i',
    'tru',
    '',
  ];
  const body = bad.map((value, i) => `n,m=num${i} value=${value} ${NS}`).join('\n');
  const response = await site.write(body);
  expect(response.status).toBe(400);
  const { errors } = (await response.json()) as { errors: { line: number }[] };
  expect(errors.map(({ line }) => line)).toEqual(bad.map((_, i) => i + 1));
});

test('times: a wrong precision is refused whole, one out of bounds names its line', async () => {
  const wrong = await site.write(`t,m=p value=1 ${NS}`, { query: '?precision=hours' });
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain('hours');
  const far = await site.write(`t,m=p value=1 99999999999999999999999`);
  expect(far.status).toBe(400);
  // A time in ns said to be in s lies beyond all that there is.
  const mixed = await site.write(`t,m=p value=1 ${NS}`, { query: '?precision=s' });
  expect(mixed.status).toBe(400);
  expect(await site.api.series('lab/p/t')).toEqual([]);
  for (const [precision, time] of [
    ['s', `${SECONDS}`],
    ['ms', `${SECONDS}001`],
    ['us', `${SECONDS}000002`],
    ['ns', `${SECONDS}000003999`],
  ]) {
    expect(
      (await site.write(`t,m=q value=1 ${time}`, { query: `?precision=${precision}&org=o&bucket=b` })).status,
    ).toBe(204);
  }
  await site.stored('lab/q/t', 4);
  expect((await site.api.numbers('lab/q/t')).time).toEqual([0, 2, 3, 1000].map((us) => SECONDS * 1e6 + us));
});

test('gzip: a good body is taken, a bomb is refused before it is unpacked, a broken one is refused', async () => {
  const gzip = { headers: { 'content-encoding': 'gzip' } };
  expect((await site.write(gzipSync(`z,m=zipped value=1 ${NS}`), gzip)).status).toBe(204);
  await site.stored('lab/zipped/z', 1);

  const before = await rejected('http');
  const bomb = gzipSync(Buffer.alloc(64 << 20, `z,m=bomb value=1 ${NS}\n`));
  expect(bomb.length).toBeLessThan(MAX_BODY);
  expect((await site.write(bomb, gzip)).status).toBe(413);
  await site.status('it is counted', ({ sources }) => sources.http.rejected > before);

  const broken = gzipSync(`z,m=broken value=1 ${NS}`);
  broken.fill(0xff, 12, 20);
  expect((await site.write(broken, gzip)).status).toBe(400);
  const cut = gzipSync(`z,m=cut value=1 ${NS}\n`.repeat(100));
  expect((await site.write(cut.subarray(0, -9), gzip)).status).toBe(400);
  const unknown = await site.write('x', { headers: { 'content-encoding': 'br' } });
  expect([400, 415]).toContain(unknown.status);
  await expectToGoOn();
});

test('a body that is too long is refused with 413', async () => {
  const line = `long,m=body value=1 ${NS}\n`;
  const response = await site.write(line.repeat(Math.ceil((2 * MAX_BODY) / line.length)));
  expect(response.status).toBe(413);
  await expectToGoOn();
});

test('a line that is too long is refused by itself, over HTTP', async () => {
  const response = await site.write(
    `l,m=short value=1 ${NS}\nl,m=${'x'.repeat(2 * MAX_LINE)} value=1 ${NS}\nl,m=short value=2 ${NS}001`,
  );
  expect(response.status).toBe(400);
  expect(await response.text()).toMatch(/line"?:? ?2\b/);
  await site.stored('lab/short/l', 1);
});

test('over TCP bad, endless and binary lines are counted, and the connection goes on', async () => {
  const before = await rejected('tcp');
  const socket = connect({ host: '127.0.0.1', port: site.ports.tcp });
  await once(socket, 'connect');
  socket.write(`tcp,m=t value=1 ${NS}\n`);
  socket.write('what is this\n');
  socket.write(Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]));
  socket.write('x'.repeat(100 * MAX_LINE));
  socket.write(`\ntcp,m=t value=2 ${SECONDS + 1}000000000\n`);
  // Cut anywhere, also within a character.
  const split = Buffer.from(`tcp,m=tü value=3 ${NS}\r\n`);
  for (const byte of split) socket.write(Buffer.of(byte));
  await site.stored('lab/t/tcp', 2);
  await site.stored('lab/tü/tcp', 1);
  await site.status('the bad lines are counted', ({ sources }) => sources.tcp.rejected === before + 3);

  // What a broken connection leaves half said is not taken for a line.
  const closed = once(socket, 'close');
  socket.write(`tcp,m=t value=4 ${SECONDS + 2}00`);
  socket.resetAndDestroy();
  await closed;
  await expectToGoOn();
  expect((await site.api.series('lab/t/tcp'))[0].samples).toBe(2);
});

test('HTTP: another path, another method, an empty body', async () => {
  const url = `http://127.0.0.1:${site.ports.lines}`;
  expect((await fetch(`${url}/write`, { method: 'POST', body: 'x' })).status).toBe(404);
  expect((await fetch(`${url}/api/v2/write`)).status).toBe(405);
  expect((await site.write('')).status).toBe(204);
  expect((await site.write('\n# a comment\n\r\n')).status).toBe(204);
});

test('a client that goes away in the middle of a body costs nothing', async () => {
  const socket = connect({ host: '127.0.0.1', port: site.ports.lines });
  await once(socket, 'connect');
  socket.write(`POST /api/v2/write HTTP/1.1\r\nHost: agent\r\nContent-Length: 10000\r\n\r\ngone,m=g value=1 ${NS}\n`);
  const closed = once(socket, 'close');
  socket.resetAndDestroy();
  await closed;
  const garbage = connect({ host: '127.0.0.1', port: site.ports.lines });
  await once(garbage, 'connect');
  garbage.resume();
  const ended = once(garbage, 'close');
  garbage.write('\x16\x03\x01 this is no HTTP\r\n\r\n');
  await ended;
  await expectToGoOn();
});

test('names: levels as the contract says, slashes escaped, tags in key order, several fields', async () => {
  const body = [
    `speed,zone=z,area=a value=1,peak=2 ${NS}`,
    `a/b,line=l/1 value=3 ${NS}`,
    `with\\ space,line=l\\,1 the\\ field=4 ${NS}`,
    `alone value=5 ${NS}`,
    `alone other=6 ${NS}`,
  ].join('\n');
  expect((await site.write(body)).status).toBe(204);
  const paths = [
    'lab/a/z/speed',
    'lab/a/z/speed/peak',
    'lab/l%2F1/a%2Fb',
    'lab/l,1/with space/the field',
    'lab/alone',
    'lab/alone/other',
  ];
  for (const [i, path] of paths.entries()) {
    await site.stored(path, 1);
    expect((await site.api.numbers(path)).value, path).toEqual([i + 1]);
  }
});
