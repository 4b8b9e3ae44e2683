import { BatchBuilder, SeriesTable } from '@sluis/protocol';
import { CsvReader } from '../../packages/edge-agent/src/sources/csv/csv-reader.ts';
import { SeriesTemplate } from '../../packages/edge-agent/src/sources/file/series-template.ts';
import { TimeReader } from '../../packages/edge-agent/src/sources/file/time-reader.ts';
import { KeyCache } from '../../packages/edge-agent/src/sources/line-protocol/key-cache.ts';
import { LineReader } from '../../packages/edge-agent/src/sources/line-protocol/line-reader.ts';
import { precisions } from '../../packages/edge-agent/src/sources/timestamp.ts';
import { JsonLineReader } from '../measure/json-lines.ts';
import { inTurns, rateOf, type Timing } from '../measure/rounds.ts';
import { START } from '../measure/walk.ts';
import type { Context, Figure, Result, Scenario } from '../scenario.ts';

export const parse: Scenario = {
  name: 'parse',
  about: 'line protocol and CSV into columns, against decode, split and JSON.parse of the same samples',
  seconds: 40,
  run,
};

const LINES = 100_000;
const MACHINES = 50;
const QUANTITIES = ['temperature', 'pressure', 'vibration', 'current'];
const CELLS = 10;
/** What Node reads from a socket at once, at most. */
const READ_BYTES = 64 << 10;
const LINE_END = 10;

interface Sample {
  readonly quantity: string;
  readonly machine: string;
  readonly value: number;
  /** µs. */
  readonly time: number;
}

async function run({ progress }: Context): Promise<Result> {
  const samples = makeSamples();
  const lines = asLines(samples);
  const twoFields = asTwoFields(samples);
  const json = asJson(samples);
  const [csv, wide] = [asCsv(samples), asWideCsv(samples)];
  progress('formats');
  const timings = inTurns({
    lines: () => expectRows(LINES, readLines(lines, READ_BYTES)),
    twoFields: () => expectRows(2 * LINES, readLines(twoFields, READ_BYTES)),
    csv: () => expectRows(LINES, readCsv(csv, '{machine}/{quantity}')),
    wide: () => expectRows(LINES * CELLS, readCsv(wide, 'line/{column}')),
    json: () => expectRows(LINES, readJson(json, READ_BYTES)),
    ends: () => expectRows(LINES, lineEnds(lines)),
  });
  const yardstick = { what: 'decode, split, JSON.parse', ...rateOf(timings.json, LINES) };
  const figure = (what: string, timing: Timing, rows = LINES): Figure => {
    return { what, ...rateOf(timing, rows), unit: 'samples/s', better: 'higher', yardstick };
  };
  const byLines: [number, number][] = [];
  const byJson: [number, number][] = [];
  for (const kib of [1, 4, 16, 64, 256]) {
    progress(`reads of ${kib} KiB`);
    const turn = inTurns({ lines: () => readLines(lines, kib << 10), json: () => readJson(json, kib << 10) });
    byLines.push([kib, LINES / turn.lines.seconds]);
    byJson.push([kib, LINES / turn.json.seconds]);
  }
  return {
    figures: [
      { ...figure('line protocol', timings.lines), ratioTarget: { atLeast: 2 } },
      {
        ...figure('line protocol, against its limit', timings.lines),
        yardstick: { what: 'a loop over the bytes that counts line ends', ...rateOf(timings.ends, LINES) },
      },
      figure('line protocol, two fields a line', timings.twoFields, 2 * LINES),
      figure('CSV, a sample a line', timings.csv),
      figure(`CSV, ${CELLS} samples a line`, timings.wide, LINES * CELLS),
    ],
    plots: [
      {
        title: 'Rate by the size of a read',
        kind: 'line',
        x: { label: 'KiB a read', scale: 'log' },
        y: { label: 'samples/s' },
        lines: [
          { name: 'line protocol', points: byLines },
          { name: 'JSON lines', points: byJson },
        ],
      },
    ],
    notes: [
      `${QUANTITIES.length * MACHINES} series, in Buffers of the same kind, ${READ_BYTES >> 10} KiB at a time as a socket gives them; all CPU time of the process.`,
      'JSON lines hold the whole name of a series: the yardstick has no tags to put together, and looks it up in the same table of series.',
    ],
  };
}

function makeSamples(): Sample[] {
  return Array.from({ length: LINES }, (_, i) => ({
    quantity: QUANTITIES[i % QUANTITIES.length] ?? '',
    machine: `press-${Math.floor(i / QUANTITIES.length) % MACHINES}`,
    value: Math.round((20 + 15 * Math.sin(i / 997)) * 100) / 100,
    time: START + i * 10,
  }));
}

const asLines = (samples: readonly Sample[]): Buffer =>
  joined(samples, ({ quantity, machine, value, time }) => `${quantity},machine=${machine} value=${value} ${time}000\n`);

const asJson = (samples: readonly Sample[]): Buffer =>
  joined(samples, ({ quantity, machine, value, time }) => {
    return `${JSON.stringify({ series: `lab/${machine}/${quantity}`, time, value })}\n`;
  });

function joined(samples: readonly Sample[], line: (sample: Sample) => string, header = ''): Buffer {
  return Buffer.from(header + samples.map(line).join(''));
}

const asTwoFields = (samples: readonly Sample[]): Buffer =>
  joined(samples, ({ quantity, machine, value, time }) => {
    return `${quantity},machine=${machine} value=${value},count=${time % 1_000}i ${time}000\n`;
  });

const asCsv = (samples: readonly Sample[]): Buffer =>
  joined(
    samples,
    ({ quantity, machine, value, time }) => `${isoTime(time)},${machine},${quantity},${value}\n`,
    'time,machine,quantity,value\n',
  );

function asWideCsv(samples: readonly Sample[]): Buffer {
  const cells = Array.from({ length: CELLS }, (_, i) => i);
  const line = ({ time, value }: Sample): string => `${isoTime(time)},${cells.map((i) => value + i).join(',')}\n`;
  return joined(samples, line, `time,${cells.map((i) => `sensor${i}`).join(',')}\n`);
}

function isoTime(µs: number): string {
  return new Date(µs / 1_000).toISOString().slice(0, -1).replace('T', ' ');
}

function readLines(bytes: Buffer, readBytes: number): number {
  const reader = new LineReader({
    site: 'lab',
    series: new SeriesTable(),
    keys: new KeyCache(),
    precision: precisions.ns,
    maxLine: READ_BYTES,
    bad: ({ line, reason }) => {
      throw new Error(`line ${line}: ${reason}`);
    },
  });
  let rows = 0;
  for (let at = 0; at < bytes.length; at += readBytes) {
    reader.push(bytes.subarray(at, at + readBytes), START);
    rows += reader.rows.take().length;
  }
  return rows;
}

function readJson(bytes: Buffer, readBytes: number): number {
  const reader = new JsonLineReader();
  let rows = 0;
  for (let at = 0; at < bytes.length; at += readBytes) {
    reader.push(bytes.subarray(at, at + readBytes));
    rows += reader.rows.take().length;
  }
  return rows;
}

function readCsv(bytes: Buffer, template: string): number {
  const rows = new BatchBuilder();
  const reader = new CsvReader(
    { name: 'bench', path: 'bench.csv', position: { line: 1, time: null } },
    {
      series: new SeriesTable(),
      rows,
      reject: (reason, _, example) => {
        throw new Error(`${reason}: ${example}`);
      },
      template: new SeriesTemplate('lab', template),
      delimiter: ',',
      decimal: '.',
      time: { column: 'time', reader: new TimeReader({ unit: undefined, local: undefined }) },
      arrival: () => START,
    },
  );
  let at = reader.readStart(bytes, 'nothing');
  if (typeof at !== 'number') throw new Error('the header was not read');
  let count = 0;
  for (let taken = 1; taken > 0; count += rows.take().length) {
    taken = reader.read(bytes.subarray(at, at + READ_BYTES), 'more');
    at += taken;
  }
  return count;
}

/** What reads text byte by byte does at least this. */
function lineEnds(bytes: Buffer): number {
  let ends = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === LINE_END) ends++;
  return ends;
}

/** What is fast because it leaves rows out is not fast. */
function expectRows(expected: number, rows: number): void {
  if (rows !== expected) throw new Error(`read ${rows} rows of ${expected}`);
}
