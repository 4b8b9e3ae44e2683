import type { Ledger } from './ledger.ts';
import { type Instrument, instruments } from './line.ts';
import type { Signal } from './observer.ts';
import { HOST, type Ports } from './ports.ts';
import { LineWire, MqttWire, type Wire } from './wires.ts';

/** Machines hand over what they have measured this often, in one go. */
const SEND_MS = 20;
/** The first level of every path, as agent.yaml has it. */
const SITE = 'lab';

export interface MachinesOptions {
  readonly ports: Ports;
  readonly ledger: Ledger;
  /** µs since 1970. */
  now(): number;
}

/** An instrument on its wire, and the time that it measures next. */
interface Station {
  readonly instrument: Instrument;
  readonly wire: Wire;
  readonly paths: readonly string[];
  send(time: number, values: readonly number[]): void;
  next: number;
}

/** The press line on the wire: its controllers publish over MQTT, its measuring amplifiers write lines over TCP. */
export class Machines implements AsyncDisposable {
  readonly signals: readonly Signal[];
  readonly #options: MachinesOptions;
  readonly #instruments: readonly Instrument[];
  #stations: readonly Station[] = [];
  #sending: NodeJS.Timeout | undefined;

  private constructor(options: MachinesOptions, all: readonly Instrument[]) {
    this.#options = options;
    this.#instruments = all;
    this.signals = all.flatMap((instrument) =>
      instrument.signals.map(({ unit }, i) => ({ path: pathsOf(instrument)[i], unit })),
    );
  }

  static async load(options: MachinesOptions): Promise<Machines> {
    return new Machines(options, await instruments());
  }

  /** Connects, then measures and sends until told to stop. */
  async start(): Promise<void> {
    this.#stations = await Promise.all(this.#instruments.map((instrument) => this.#connect(instrument)));
    const began = this.#options.now();
    for (const station of this.#stations) station.next = began;
    this.#sending = setInterval(() => {
      for (const station of this.#stations) this.#send(station);
    }, SEND_MS);
  }

  /** Measures no more. Resolves when all that was sent has left; rejects if a wire broke before. */
  async stop(): Promise<void> {
    clearInterval(this.#sending);
    await Promise.all(this.#stations.map(({ wire }) => wire.flush()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sending);
    await Promise.all(this.#stations.map(({ wire }) => wire[Symbol.asyncDispose]()));
  }

  /** Sends what has been measured since the last time: all of it, so that a late timer leaves no hole. */
  #send(station: Station): void {
    const { instrument, wire, paths } = station;
    const until = this.#options.now();
    for (; station.next <= until && !wire.busy; station.next += instrument.periodUs) {
      const values = instrument.measure(station.next);
      values.forEach((value, i) => this.#options.ledger.record(paths[i], station.next, value));
      station.send(station.next, values);
    }
  }

  async #connect(instrument: Instrument): Promise<Station> {
    const { ports } = this.#options;
    const { machine, name, signals, protocol } = instrument;
    const paths = pathsOf(instrument);
    if (protocol === 'mqtt') {
      const wire = await MqttWire.connect({ host: HOST, port: ports.mqtt, clientId: `${machine}-${name}` });
      const send = (time: number, values: readonly number[]): void =>
        wire.publish(`${machine}/${name}`, { time, ...Object.fromEntries(signals.map((s, i) => [s.name, values[i]])) });
      return { instrument, wire, paths, send, next: 0 };
    }
    const wire = await LineWire.connect({ host: HOST, port: ports.lines });
    const send = (time: number, values: readonly number[]): void =>
      wire.write(`${name},machine=${machine} ${signals.map((s, i) => `${s.name}=${values[i]}`).join()} ${time}000\n`);
    return { instrument, wire, paths, send, next: 0 };
  }
}

function pathsOf({ machine, name, signals }: Instrument): string[] {
  return signals.map((signal) => `${SITE}/${machine}/${name}/${signal.name}`);
}
