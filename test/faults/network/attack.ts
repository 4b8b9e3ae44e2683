import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../e2e/random.ts';
import type { HonestApart } from './honest-apart.ts';
import { inWords } from './honest-clients.ts';
import { forgetPeak, peakRss } from './of-process.ts';

/** Something hostile; `run` resolves with how many connections, frames or messages it was. */
export interface Attack {
  readonly what: string;
  run(): Promise<number>;
}

/** The victim closes what it does not want; one that keeps a connection open is left after this. */
const PATIENCE_MS = 3_000;

/** Runs one after another while honest clients go on, and tells what each took of the victims. */
export async function underAttack({
  attacks,
  clients,
  victims,
  progress,
}: {
  readonly attacks: readonly Attack[];
  readonly clients: HonestApart;
  /** By name, their process. */
  readonly victims: Readonly<Record<string, () => number>>;
  progress(text: string): void;
}): Promise<{ rounds: number; notes: string[] }> {
  let rounds = 0;
  const notes: string[] = [];
  for (const { what, run } of attacks) {
    await clients.latency();
    for (const pid of Object.values(victims)) forgetPeak(pid());
    const began = performance.now();
    const times = await run();
    rounds += times;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const peaks = Object.entries(victims).map(([name, pid]) => `${name} ${peakRss(pid())} MB`);
    notes.push(`${what} (${times} in ${seconds} s): ${peaks.join(', ')}, honest ${inWords(await clients.latency())}`);
    progress(notes[notes.length - 1]);
  }
  return { rounds, notes };
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Says something on a connection of its own, and waits until that is closed, or for a time. Whatever the victim does is right. */
export async function say(target: Target, speak: (socket: Socket) => unknown, holdMs = PATIENCE_MS): Promise<void> {
  const socket = connect(target);
  socket.on('error', () => socket.destroy());
  socket.resume();
  socket.setNoDelay(true);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('connect', () => speak(socket));
  await Promise.race([closed, pause(holdMs)]);
  socket.destroy();
}

/** So many at once, from 0 on. */
export async function many(count: number, act: (n: number) => Promise<unknown>): Promise<number> {
  await Promise.all(Array.from({ length: count }, (_, n) => act(n)));
  return count;
}

/** Opens connections some at a time, holds all that the victim holds, and lets go of them. */
export async function crowd(target: Target, connections: number, holdMs: number): Promise<number> {
  const sockets: Socket[] = [];
  for (let n = 0; n < connections; n++) {
    const socket = connect(target);
    socket.on('error', () => socket.destroy());
    socket.resume();
    sockets.push(socket);
    if (n % 250 === 249) await pause(50);
  }
  await pause(holdMs);
  for (const socket of sockets) socket.destroy();
  return connections;
}

/** Writes until the victim closes, or so many bytes are taken; returns how many it was. */
export async function pour(socket: Socket, chunk: Uint8Array, bytes: number): Promise<number> {
  let sent = 0;
  for (; sent < bytes && !socket.destroyed; sent += chunk.length) if (!socket.write(chunk)) await takes(socket);
  return sent;
}

/** Until it takes more, is closed, or does neither for a time. Never rejects: whatever the victim does is right. */
function takes(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(impatience);
      socket.off('drain', done).off('close', done);
      resolve();
    };
    const impatience = setTimeout(done, PATIENCE_MS);
    socket.on('drain', done).on('close', done);
  });
}

export function noise(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.whole(0, 256)));
}

/** With some bytes changed, left out or doubled, or cut off. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let times = random.whole(1, 8); times > 0; times--) {
    const at = random.whole(0, result.length);
    const more = at + random.whole(1, 40);
    switch (random.whole(0, 4)) {
      case 0:
        result[at] ^= 1 << random.whole(0, 8);
        break;
      case 1:
        result = Buffer.concat([result.subarray(0, at), result.subarray(more)]);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, more), result.subarray(at)]);
        break;
      default:
        result = result.subarray(0, Math.max(1, at));
    }
    if (result.length === 0) return Buffer.from(bytes.subarray(0, 1));
  }
  return result;
}
