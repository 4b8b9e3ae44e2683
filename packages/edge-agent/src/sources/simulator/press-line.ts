import { Press } from './press.ts';
import { Random } from './random.ts';

export interface PressLineOptions {
  /** All chance comes from it: the same seed and start give the same reports. */
  readonly seed: number;
  /** Number of presses, named press-1 and on. */
  readonly presses: number;
  /** Steps a second; the ram is measured in each. */
  readonly rateHz: number;
  /** Time of the first step, whole µs since 1970. */
  readonly start: number;
}

/** What one instrument of one press says at one time: its samples are `machine/group/name`. */
export interface Report {
  readonly machine: string;
  readonly group: Group;
  /** Whole µs since 1970. */
  readonly time: number;
  readonly values: Readonly<Record<string, number | string>>;
}

export type Group = keyof typeof pressSignals;

/** What each group of a press measures, and in which unit (UCUM). */
export const pressSignals = {
  /** In each step. */
  ram: { force: 'kN', position: 'mm' },
  /** Ten times a second, or in each step if those are fewer. */
  process: {
    speed: '/min',
    current: 'A',
    power: 'kW',
    energy: 'kW.h',
    oil_temperature: 'Cel',
    bearing_temperature: 'Cel',
    vibration: 'mm/s',
  },
  /** Once a second, and when the state changes. */
  state: { state: '', parts: '', scrap: '' },
} as const;

const MICROSECONDS = 1_000_000;
const PROCESS_HZ = 10;
const STATE_HZ = 1;
/** The model moves in steps of at most this many seconds: a stroke takes about 1.5. */
const LONGEST_STEP_S = 0.01;

/**
 * A line of presses at work, without end: each item is what all of them report at one time step, in order of time. The
 * model waits for nobody: who wants it in real time takes the next step when its time has come.
 */
export function* pressLine({
  seed,
  presses,
  rateHz,
  start,
}: PressLineOptions): Generator<readonly Report[], never, void> {
  const line = Array.from({ length: presses }, (_, i) => {
    return { machine: `press-${i + 1}`, press: new Press(new Random(seed, i + 1)), reported: '' };
  });
  const moves = Math.max(1, Math.ceil(1 / (rateHz * LONGEST_STEP_S)));
  const seconds = 1 / (rateHz * moves);
  const processEvery = Math.max(1, Math.round(rateHz / PROCESS_HZ));
  const stateEvery = Math.max(1, Math.round(rateHz / STATE_HZ));
  for (let step = 0; ; step++) {
    const time = start + Math.round((step * MICROSECONDS) / rateHz);
    const reports: Report[] = [];
    for (const at of line) {
      const { machine, press } = at;
      for (let move = 0; move < moves; move++) press.advance(seconds, time / MICROSECONDS);
      reports.push({ machine, group: 'ram', time, values: { ...press.ram() } });
      if (step % processEvery === 0) reports.push({ machine, group: 'process', time, values: { ...press.process() } });
      if (step % stateEvery === 0 || press.state !== at.reported) {
        reports.push({ machine, group: 'state', time, values: { ...press.report() } });
        at.reported = press.state;
      }
    }
    yield reports;
  }
}

/** A report as line protocol, times in ns: `ram,machine=press-1 force=812.4,position=12.31 1767225600000000000`. */
export function toLine({ machine, group, time, values }: Report): string {
  const fields = Object.entries(values).map(([name, value]) => {
    return `${name}=${typeof value === 'number' ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
  });
  return `${group},machine=${machine} ${fields.join(',')} ${time}000\n`;
}

/** A report as an MQTT message: topic `press-1/process`, JSON with the values and `time` in µs. */
export function toMqtt({ machine, group, time, values }: Report): { topic: string; payload: string } {
  return { topic: `${machine}/${group}`, payload: JSON.stringify({ time, ...values }) };
}
