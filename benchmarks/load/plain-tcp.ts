import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { delayLine } from './line.ts';
import { LineSink } from './sink.ts';

const CHUNK_BYTES = 256 << 10;
const LINE_END = 10;
const MEGA = 1e6;

/**
 * A yardstick: so many bytes without a protocol, over TCP into a file of a plain Node process, durable at the end; through a
 * line that holds them back, if it is to. All of it is timed, from the first byte to the last sync, nothing is left out at
 * the ends. Returns MB/s.
 */
export async function plainTcp(
  folder: string,
  { bytes, delayMs }: { bytes: number; delayMs?: number },
): Promise<number> {
  await using sink = await LineSink.start(join(folder, 'bytes'));
  await using line = delayMs === undefined ? undefined : await delayLine({ port: sink.port, delayMs });
  const socket = connect({ host: '127.0.0.1', port: line?.port ?? sink.port });
  await once(socket, 'connect');
  socket.resume();
  const chunk = Buffer.alloc(CHUNK_BYTES, '0');
  // The sink counts line ends.
  chunk[chunk.length - 1] = LINE_END;
  const count = Math.round(bytes / chunk.length);
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  await sink.durable(count);
  const seconds = (performance.now() - began) / 1000;
  socket.end();
  await once(socket, 'close');
  return (count * chunk.length) / seconds / MEGA;
}
