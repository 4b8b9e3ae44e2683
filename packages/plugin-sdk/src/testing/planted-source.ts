import { BatchBuilder } from '@sluis/protocol';
import { z } from 'zod';
import { defineSource, type Source, type SourceContext, type SourceDefinition } from '../source.ts';
import type { FakeContext } from './fake-context.ts';
import type { Machine } from './source-checks.ts';
import { until } from './until.ts';

/*
 * A source of a device in memory, as it should be, or with one flaw.
 */

export type Flaw =
  | 'acknowledges before it is durable'
  | 'acknowledges what was refused'
  | 'forgets what was refused'
  | 'throws where the device is absent'
  | 'does not say that it waits'
  | 'never stops'
  | 'does not say that it has stopped'
  | 'goes on when it has stopped'
  | 'begins anew in each life'
  | 'hands over without end'
  | 'uses the arrays of rows again'
  | 'hands over half microseconds';

/** Sends its numbers, and counts what was acknowledged. */
class Device {
  sent = 0;
  acknowledged = 0;
  isThere = false;
}

/** Devices by what the configuration calls them. */
const devices = new Map<string, Device>();

const LOOK_MS = 1;
const MOST_IN_FLIGHT = 1000;
const MANY = 5000;

const config = z.strictObject({ device: z.string() });

class PlantedSource implements Source {
  readonly #context: SourceContext<z.infer<typeof config>>;
  readonly #flaw: Flaw | undefined;
  readonly #device: Device;
  #timer: NodeJS.Timeout | undefined;
  #read: number;
  #inFlight = 0;
  #refused: number[] = [];

  constructor(context: SourceContext<z.infer<typeof config>>, flaw: Flaw | undefined) {
    this.#context = context;
    this.#flaw = flaw;
    this.#device = devices.get(context.config.device) ?? new Device();
    this.#read = flaw === 'begins anew in each life' ? 0 : Number(context.cursors.get('read') ?? 0);
  }

  async start(): Promise<void> {
    if (this.#flaw === 'throws where the device is absent' && !this.#device.isThere) throw new Error('no device');
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#flaw === 'never stops' && this.#inFlight > 0) await new Promise(() => {});
    if (this.#flaw === 'goes on when it has stopped') setImmediate(() => void this.#write([0]));
    clearInterval(this.#timer);
    if (this.#flaw !== 'does not say that it has stopped') this.#context.state('stopped');
  }

  #look(): void {
    if (!this.#device.isThere) {
      if (this.#flaw !== 'does not say that it waits') this.#context.state('waiting', 'for the device');
      return;
    }
    this.#context.state('running');
    void this.#write(this.#refused.splice(0));
    const most = this.#flaw === 'hands over without end' ? Number.POSITIVE_INFINITY : MOST_IN_FLIGHT - this.#inFlight;
    const count = Math.min(this.#device.sent - this.#read, most);
    const numbers = Array.from({ length: count }, (_, i) => this.#read + i);
    this.#read += count;
    void this.#write(numbers);
  }

  async #write(numbers: number[]): Promise<void> {
    if (numbers.length === 0) return;
    this.#inFlight += numbers.length;
    const rows = new BatchBuilder();
    const id = this.#context.series.intern(`${this.#context.site}/device`);
    const off = this.#flaw === 'hands over half microseconds' ? 0.5 : 0;
    for (const number of numbers) rows.double(id, this.#context.now() + number + off, number);
    const columns = rows.take();
    if (this.#flaw === 'acknowledges before it is durable') this.#device.acknowledged += numbers.length;
    const written = this.#context.write(columns, { awaited: true, cursor: { read: String(this.#read) } });
    if (this.#flaw === 'uses the arrays of rows again') columns.time.fill(0);
    try {
      await written;
      if (this.#flaw !== 'acknowledges before it is durable') this.#device.acknowledged += numbers.length;
    } catch {
      if (this.#flaw === 'acknowledges what was refused') this.#device.acknowledged += numbers.length;
      if (this.#flaw !== 'forgets what was refused') this.#refused.push(...numbers);
    }
    this.#inFlight -= numbers.length;
  }
}

export function plantedSource(flaw?: Flaw): SourceDefinition<z.infer<typeof config>> {
  return defineSource({
    type: 'planted',
    version: 1,
    summary: 'Planted.',
    config,
    create: (context) => new PlantedSource(context, flaw),
  });
}

export async function arrangeDevice(): Promise<Machine> {
  const name = `device ${devices.size}`;
  const device = new Device();
  devices.set(name, device);
  return {
    config: { device: name },
    resumes: true,
    appear: async () => void (device.isThere = true),
    send: async (count) => void (device.sent += count),
    acknowledged: () => device.acknowledged,
    async [Symbol.asyncDispose]() {
      device.isThere = false;
    },
  };
}

export async function floodDevice(machine: Machine, context: FakeContext<unknown>): Promise<void> {
  await machine.send(MANY, context);
  await until('rows are handed over', () => context.held.length > 0);
}
