import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { Value } from './hub-client.ts';
import type { Random } from './random.ts';

/** A sample as the hub should have it. */
export interface Sample {
  /** Its path at the hub. */
  readonly series: string;
  /** µs since 1970. */
  readonly time: number;
  readonly value: Value;
}

/** What machines sent, in the order in which they did; of one (series, time) the later counts. */
export class Sent {
  readonly acknowledged: Sample[] = [];
  /** Times that a sender did not learn whether it had been heard, and said it again. */
  repeats = 0;
}

export interface MachineOptions {
  readonly series: string;
  readonly random: Random;
  /** µs of the first sample. */
  readonly start: number;
  /** µs between samples. */
  readonly step: number;
  /** Also send samples of some seconds ago, and other values for times that were sent before. */
  readonly untidy?: boolean;
}

const LATE_SHARE = 1 / 60;
const CORRECTED_SHARE = 1 / 80;
/** A time is corrected only after this many samples: whatever held the first value was acknowledged by then. */
const CORRECTED_AFTER = 600;
const FULL_PRECISION_SHARE = 1 / 20;
/** Samples are late by up to this many steps. */
const LATE_STEPS = 300;

/** One measured quantity: a random walk between 0 and 1000 in hundredths, sometimes with all the digits of a double. */
export class Machine {
  readonly #options: MachineOptions;
  readonly #sentTimes: number[] = [];
  readonly #lateTimes = new Set<number>();
  #n = 0;
  #walk: number;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#walk = options.random.whole(300, 600);
  }

  next(): Sample {
    const { series, random, untidy = false } = this.#options;
    const chance = random.next();
    if (untidy && chance < LATE_SHARE) {
      const late = this.#lateTime();
      if (late !== undefined) return { series, time: late, value: this.#value() };
    } else if (untidy && chance < LATE_SHARE + CORRECTED_SHARE && this.#sentTimes.length > CORRECTED_AFTER) {
      const time = this.#sentTimes[this.#sentTimes.length - CORRECTED_AFTER];
      return { series, time, value: this.#value() };
    }
    const time = this.#time(this.#n++);
    this.#sentTimes.push(time);
    return { series, time, value: this.#value() };
  }

  #time(n: number): number {
    return this.#options.start + n * this.#options.step;
  }

  /** Between two regular times of the past, and never the same twice. */
  #lateTime(): number | undefined {
    const back = this.#options.random.whole(50, LATE_STEPS);
    const time = this.#time(this.#n - back) + 3;
    if (this.#n < LATE_STEPS || this.#lateTimes.has(time)) return undefined;
    this.#lateTimes.add(time);
    return time;
  }

  #value(): number {
    const { random } = this.#options;
    const steps = random.next() < 0.5 ? random.whole(-4, 5) : random.whole(-1500, 1501);
    this.#walk = Math.min(Math.max(this.#walk + steps / 100, 0.01), 1000);
    if (random.next() < FULL_PRECISION_SHARE) return this.#walk * (1 + random.next() / 1000);
    this.#walk = Math.round(this.#walk * 100) / 100;
    return this.#walk;
  }
}

const SPECIAL_NUMBERS = [-0, 0, 5e-324, -2.225073858507201e-308, 1.7976931348623157e308, 0.1, -1e-7, 2 ** 53, 1 / 3];
const SPECIAL_TEXTS = [
  '',
  'a "quoted" one',
  'comma, and\ttab',
  'Zuführung 4 läuft',
  '日本語',
  'back\\slash',
  'NaN',
  '1',
];

/** Values of every type in turn, in one series. */
export function* specialSamples(series: string, start: number, random: Random): Generator<Sample, never> {
  for (let n = 0; ; n++) {
    const pick = random.whole(0, 1 << 30);
    const values: Value[] = [
      SPECIAL_NUMBERS[pick % SPECIAL_NUMBERS.length],
      (BigInt(pick) << 33n) - (1n << 62n),
      2n ** 63n - 1n - BigInt(pick % 3),
      pick % 2 === 0,
      SPECIAL_TEXTS[pick % SPECIAL_TEXTS.length],
    ];
    yield { series, time: start + n * 1000, value: values[n % values.length] };
  }
}

/** A value as line protocol writes it. */
export function fieldText(value: Value): string {
  if (typeof value === 'bigint') return `${value}i`;
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  if (typeof value === 'boolean') return String(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A line for the path `site/TAG/MEASUREMENT`, in ns. */
export function lineOf({ series, time, value }: Sample): string {
  const [, tag, measurement] = series.split('/');
  return `${measurement},machine=${tag} value=${fieldText(value)} ${time}000`;
}

const POST_TIMEOUT_MS = 10_000;
const RETRY_MS = 20;

export interface HttpClientOptions {
  /** Of the agent's HTTP source. */
  readonly url: string;
  readonly sent: Sent;
  readonly samplesPerBody: number;
  /** Rest between an acknowledgement and the next body. */
  readonly restMs: number;
  next(): Sample;
  /** How long in ms a body took until it was acknowledged, repeats included. */
  took?(ms: number): void;
}

/**
 * Posts one body after another until the signal is aborted, each again and again until it is acknowledged, as a client
 * does that must not lose anything. The last one is acknowledged when this resolves.
 */
export async function postLines(
  { url, sent, samplesPerBody, restMs, next, took }: HttpClientOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const samples = Array.from({ length: samplesPerBody }, next);
    const body = samples.map(lineOf).join('\n');
    const began = performance.now();
    while (!(await isAcknowledged(url, body))) {
      sent.repeats++;
      await pause(RETRY_MS);
    }
    took?.(performance.now() - began);
    for (const sample of samples) sent.acknowledged.push(sample);
    await pause(restMs);
  }
}

async function isAcknowledged(url: string, body: string): Promise<boolean> {
  let status: number;
  try {
    const response = await fetch(`${url}/api/v2/write`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(POST_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    ({ status } = response);
  } catch {
    // No answer: whether it was heard is not known.
    return false;
  }
  if (status === 400) throw new Error('the agent calls good lines bad');
  return status === 204;
}

export interface PublisherOptions {
  readonly client: MqttClient;
  readonly sent: Sent;
  readonly restMs: number;
  next(): Sample;
  /** The message for a sample. */
  payload(sample: Sample): string;
}

/** Publishes with QoS 1, some at a time in order, and notes those that the broker acknowledged. */
export async function publish(
  { client, sent, restMs, next, payload }: PublisherOptions,
  signal: AbortSignal,
): Promise<void> {
  const atOnce = 4;
  while (!signal.aborted) {
    const samples = Array.from({ length: atOnce }, next);
    await Promise.all(
      samples.map((sample) => {
        const topic = sample.series.split('/').slice(1).join('/');
        return client.publishAsync(topic, payload(sample), { qos: 1 });
      }),
    );
    for (const sample of samples) sent.acknowledged.push(sample);
    await pause(restMs);
  }
}

export interface TcpClientOptions {
  readonly port: number;
  readonly linesPerWrite: number;
  readonly restMs: number;
  next(): Sample;
}

/** After a connection broke, this many of the last lines are sent again: what of them was heard is not known. */
const RESENT_LINES = 200;

/**
 * Sends lines over TCP, on one connection after another, where nothing is ever acknowledged. Returns what was sent at
 * all, and apart from that what was sent on the last connection, which was ended in order.
 */
export async function streamLines(
  { port, linesPerWrite, restMs, next }: TcpClientOptions,
  signal: AbortSignal,
): Promise<{ all: Sample[]; last: Sample[] }> {
  const all: Sample[] = [];
  let last: Sample[] = [];
  let socket: Socket | undefined;
  for (;;) {
    if (!socket || socket.destroyed) {
      socket = await tryConnect(port);
      if (!socket) {
        await pause(RETRY_MS);
        continue;
      }
      last = all.slice(-RESENT_LINES);
      await send(socket, last);
    }
    if (signal.aborted) break;
    const samples = Array.from({ length: linesPerWrite }, next);
    all.push(...samples);
    last.push(...samples);
    await send(socket, samples);
    await pause(restMs);
  }
  const closed = once(socket, 'close');
  socket.end();
  await closed;
  return { all, last };
}

async function tryConnect(port: number): Promise<Socket | undefined> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } catch {
    return undefined;
  }
  // What a broken connection means is known from `destroyed`.
  socket.on('error', () => socket.destroy());
  socket.resume();
  return socket;
}

/** Resolves when the system has taken the lines, or the connection is gone. */
function send(socket: Socket, samples: readonly Sample[]): Promise<void> {
  return new Promise((resolve) =>
    socket.write(samples.map((sample) => `${lineOf(sample)}\n`).join(''), () => resolve()),
  );
}
