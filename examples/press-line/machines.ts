import type { Report } from '@sluis/edge-agent/simulator';
import type { Ledger } from './ledger.ts';
import type { Signal } from './observer.ts';
import { HOST, type Ports } from './ports.ts';
import { LineWire, MqttWire } from './wires.ts';

/** Machines hand over what they have measured this often, in one go. */
const SEND_MS = 20;
/** The first level of every path, as agent.yaml has it. */
const SITE = 'lab';
/** Three presses, their rams measured 300 times a second: some 2,000 samples a second in all. */
const LINE = { seed: 1, presses: 3, rateHz: 300 } as const;
/** Units as people write them, where UCUM has another sign. */
const UNITS: Readonly<Record<string, string>> = { Cel: '°C', 'kW.h': 'kWh', '/min': '1/min' };

export interface MachinesOptions {
  readonly ports: Ports;
  readonly ledger: Ledger;
  /** µs since 1970. */
  now(): number;
}

type Simulator = typeof import('@sluis/edge-agent/simulator');

/** The press line on the wire: each press has a measuring amplifier that writes lines over TCP and a controller that publishes over MQTT. */
export class Machines implements AsyncDisposable {
  readonly signals: readonly Signal[];
  readonly #options: MachinesOptions;
  readonly #simulator: Simulator;
  readonly #amplifiers = new Map<string, LineWire>();
  readonly #controllers = new Map<string, MqttWire>();
  #sending: NodeJS.Timeout | undefined;

  private constructor(options: MachinesOptions, simulator: Simulator) {
    this.#options = options;
    this.#simulator = simulator;
    this.signals = signalsOf(simulator);
  }

  static async load(options: MachinesOptions): Promise<Machines> {
    return new Machines(options, await import('@sluis/edge-agent/simulator'));
  }

  /** Connects, then measures and sends until told to stop. */
  async start(): Promise<void> {
    const { ports, now } = this.#options;
    for (const machine of machines()) {
      this.#amplifiers.set(machine, await LineWire.connect({ host: HOST, port: ports.lines }));
      this.#controllers.set(machine, await MqttWire.connect({ host: HOST, port: ports.mqtt, clientId: machine }));
    }
    const line = this.#simulator.pressLine({ ...LINE, start: now() });
    let next = line.next().value;
    this.#sending = setInterval(() => {
      // All that has become due: a late timer, or a wire that was busy, leaves no hole.
      for (const until = now(); next[0].time <= until && !this.#busy; next = line.next().value) {
        for (const report of next) this.#send(report);
      }
      for (const amplifier of this.#amplifiers.values()) amplifier.push();
    }, SEND_MS);
  }

  /** Measures no more. Resolves when all that was sent has left; rejects if a wire broke before. */
  async stop(): Promise<void> {
    clearInterval(this.#sending);
    await Promise.all(this.#wires.map((wire) => wire.flush()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sending);
    await Promise.all(this.#wires.map((wire) => wire[Symbol.asyncDispose]()));
  }

  get #wires(): readonly (LineWire | MqttWire)[] {
    return [...this.#amplifiers.values(), ...this.#controllers.values()];
  }

  get #busy(): boolean {
    return this.#wires.some(({ busy }) => busy);
  }

  #send(report: Report): void {
    const { machine, group, time, values } = report;
    for (const [name, value] of Object.entries(values)) {
      this.#options.ledger.record(`${SITE}/${machine}/${group}/${name}`, time, value);
    }
    if (group === 'ram') this.#amplifiers.get(machine)?.add(this.#simulator.toLine(report));
    else this.#controllers.get(machine)?.publish(this.#simulator.toMqtt(report));
  }
}

function machines(): string[] {
  return Array.from({ length: LINE.presses }, (_, i) => `press-${i + 1}`);
}

function signalsOf({ pressSignals }: Simulator): Signal[] {
  return machines().flatMap((machine) =>
    Object.entries(pressSignals).flatMap(([group, signals]) =>
      Object.entries(signals).map(([name, unit]) => ({
        path: `${SITE}/${machine}/${group}/${name}`,
        unit: UNITS[unit] ?? unit,
      })),
    ),
  );
}
