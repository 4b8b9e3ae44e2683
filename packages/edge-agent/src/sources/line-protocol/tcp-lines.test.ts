import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { UnavailableError } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { FakeContext, until } from '../fake-context.ts';
import { type LineProtocolConfig, lineProtocolConfig } from './config.ts';
import { lineProtocol } from './line-protocol.ts';

async function started(options: object = {}): Promise<{
  context: FakeContext<LineProtocolConfig>;
  port: number;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const config = lineProtocolConfig.parse({ type: 'line-protocol', listen: '127.0.0.1:0', ...options });
  const context = new FakeContext(config);
  const source = lineProtocol.create(context);
  await source.start();
  await until('listening', () => context.states.at(-1)?.state === 'running');
  const port = Number(context.states.at(-1)?.detail?.split(':').at(-1));
  return { context, port, [Symbol.asyncDispose]: async () => source[Symbol.asyncDispose]() };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  return socket;
}

test('lines of several connections are stored, in chunks of any size, the last without a line feed', async () => {
  await using source = await started();
  const { context } = source;
  const sockets = await Promise.all([dial(source.port), dial(source.port)]);
  for (const [i, socket] of sockets.entries()) {
    for (const piece of [`m,k=${i} val`, 'ue=1.5 2', '000\nm value=2', ' 3000\nlast val', 'ue=3']) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
  }
  await until('6 rows', () => context.stored.length === 6);
  expect(context.stored.filter((row) => row.path === 'lab/0/m')).toEqual([
    { path: 'lab/0/m', time: 2, kind: 'double', value: 1.5 },
  ]);
  expect(context.stored.filter((row) => row.path === 'lab/last').map((row) => row.time)).toEqual([
    context.clock,
    context.clock,
  ]);
  expect(context.rejected).toEqual([]);
});

test('bad and endless lines are counted with an example, and the connection goes on', async () => {
  await using source = await started({ maxLine: '1KiB' });
  const { context } = source;
  const socket = await dial(source.port);
  socket.end(`good value=1\nm value=abc 1\n${'x'.repeat(100_000)}\nm value=1 99999999999999999999\ngood value=2\n`);
  await until('2 good rows', () => context.stored.length === 2);
  expect(context.rejectedCount('value')).toBe(1);
  expect(context.rejectedCount('length')).toBe(1);
  expect(context.rejectedCount('time')).toBe(1);
  expect(context.rejected[0].example).toMatch(
    /^127\.0\.0\.1:\d+ line 2, column 9: the value is not a number.*: m value=abc 1$/,
  );
});

test('what was read while the journal took nothing is stored when it does again', async () => {
  await using source = await started();
  const { context } = source;
  context.refusal = new UnavailableError('the disk is full');
  const socket = await dial(source.port);
  socket.write('m value=1 1000\n');
  await until('degraded', () => context.states.at(-1)?.state === 'degraded');
  expect(context.states.at(-1)?.detail).toContain('the disk is full');
  socket.end('m value=2 2000\n');
  await until('tried again', () => context.writes >= 2);
  context.refusal = undefined;
  await until('2 rows', () => context.stored.length === 2);
  expect(context.stored.map((row) => row.value)).toEqual([1, 2]);
  expect(context.states.at(-1)).toEqual({ state: 'running', detail: `listening on 127.0.0.1:${source.port}` });
});

test('what is not durable when it stops is told: nobody sends it again', async () => {
  const told: [object, string][] = [];
  await using source = await started();
  const { context } = source;
  Object.assign(context.log, { warn: (...line: [object, string]) => told.push(line) });
  context.refusal = new UnavailableError('the disk is full');
  const socket = await dial(source.port);
  socket.end('m value=1 1000\nm value=2 2000\n');
  await until('tried', () => context.writes >= 1);
  await source[Symbol.asyncDispose]();
  expect(told).toEqual([[{ rows: 2 }, expect.stringContaining('not durable when stopped')]]);
  expect(context.rejectedCount('stopped before durable')).toBe(2);
});

test('senders are held up while too much is not durable, and nothing is lost', async () => {
  await using source = await started();
  const { context } = source;
  context.hold = true;
  const socket = await dial(source.port);
  // Distinct texts, as those are what takes memory: in all several times the bound.
  const characters = 50_000;
  const lines = 500;
  const sent = (async () => {
    for (let i = 0; i < lines; i++) {
      if (!socket.write(`m value="${i} ${'x'.repeat(characters)}" ${i}000\n`)) await once(socket, 'drain');
    }
    socket.end();
  })();
  const heldRows = () => context.held.reduce((sum, { rows }) => sum + rows.length, 0);
  // Held up: the kernel's buffers are full, and the source reads no more however long it is given.
  let before = -1;
  await until('the sender is held up', () => {
    const now = heldRows();
    const still = now === before && now > 0;
    before = now;
    return still && socket.writableNeedDrain;
  });
  expect(heldRows() * characters * 2).toBeLessThan(20 << 20);
  context.release();
  await sent;
  await until('all rows', () => context.stored.length === lines);
  expect(context.stored.map(({ time }) => time)).toEqual(Array.from({ length: lines }, (_, i) => i));
});

test('a busy port is tried again, and said', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const context = new FakeContext(lineProtocolConfig.parse({ type: 'line-protocol', listen: `127.0.0.1:${port}` }));
  await using source = lineProtocol.create(context);
  await source.start();
  await until('degraded', () => context.states.at(-1)?.state === 'degraded');
  expect(context.states.at(-1)?.detail).toMatch(new RegExp(`cannot listen on 127.0.0.1:${port}.*EADDRINUSE`));
  other.close();
  await until('running', () => context.states.at(-1)?.state === 'running');
});

test('connections beyond the limit are refused and counted; the others go on', async () => {
  await using source = await started({ maxConnections: 1 });
  const { context } = source;
  const first = await dial(source.port);
  first.write('m value=1\n');
  await until('first row', () => context.stored.length === 1);
  const second = connect({ host: '127.0.0.1', port: source.port });
  second.on('error', () => second.destroy());
  await until('counted', () => context.rejectedCount('connection limit') === 1);
  first.end('m value=2\n');
  await until('second row', () => context.stored.length === 2);
});

test('a newcomer gets the place of the connection that has been there longest without a good line', async () => {
  await using source = await started({ maxConnections: 3 });
  const { context } = source;
  const good = (await dial(source.port)).resume();
  good.write('m value=1\n');
  await until('first row', () => context.stored.length === 1);
  const [silent, garbage] = [await dial(source.port), await dial(source.port)].map((socket) => socket.resume());
  garbage.write('garbage\nm val');
  await until('garbage is counted', () => context.rejected.length === 1);
  const newcomer = (await dial(source.port)).resume();
  await once(silent, 'close');
  newcomer.write('m value=2\n');
  await until('second row', () => context.stored.length === 2);
  const next = (await dial(source.port)).resume();
  await once(garbage, 'close');
  next.write('m value=3\n');
  await until('third row', () => context.stored.length === 3);
  const last = connect({ host: '127.0.0.1', port: source.port }).on('error', () => undefined);
  await once(last.resume(), 'close');
  good.end('m value=4\n');
  await until('fourth row', () => context.stored.length === 4);
  expect(context.rejectedCount('connection limit')).toBe(3);
});

test('a connection that breaks within a line does not store half a value', async () => {
  await using source = await started();
  const { context } = source;
  const socket = await dial(source.port);
  socket.write('m value=1\nm value=12');
  await until('first row', () => context.stored.length === 1);
  socket.resetAndDestroy();
  await until('counted', () => context.rejectedCount('incomplete') === 1);
  expect(context.stored.length).toBe(1);
});

test('a connection over which nothing comes is closed if that is wanted; half a line is counted, not stored', async () => {
  await using source = await started({ idle: '50ms' });
  const { context } = source;
  const socket = (await dial(source.port)).resume();
  socket.write('m value=1\nm value=12');
  await once(socket, 'close');
  await until('counted', () => context.rejectedCount('incomplete') === 1);
  expect(context.stored.map(({ value }) => value)).toEqual([1]);
});

test("while the source does not read, a silent connection is not the sender's fault", async () => {
  await using source = await started({ idle: '1s' });
  const { context } = source;
  context.hold = true;
  const socket = (await dial(source.port)).resume();
  const text = 'x'.repeat(60_000);
  // More than is held, so that reading rests; the sender has nothing more to send.
  for (let i = 0; i < 200; i++) socket.write(`m value="${i} ${text}" ${i}000\n`);
  const full = () => context.held.reduce((sum, { rows }) => sum + rows.length * text.length * 2, 0) > 16 << 20;
  await until('reading rests', full);
  // Nothing is waited for but time: the connection has to outlive it.
  const before = performance.now();
  await until('longer than idle', () => performance.now() - before > 1_200);
  expect(socket.destroyed).toBe(false);
  context.release();
  await until('all rows', () => context.stored.length === 200);
  await once(socket, 'close');
});

test('a stop waits for what was read, and then closes the port', async () => {
  const { context, port, ...source } = await started();
  context.hold = true;
  const socket = await dial(port);
  socket.on('error', () => socket.destroy());
  socket.write('m value=1\n');
  await until('handed over', () => context.held.length === 1);
  const stopped = source[Symbol.asyncDispose]();
  context.release();
  await stopped;
  expect(context.stored.length).toBe(1);
  expect(context.rejected).toEqual([]);
  expect(context.states.at(-1)?.state).toBe('stopped');
  const refused = connect({ host: '127.0.0.1', port });
  const [error] = await once(refused, 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});
