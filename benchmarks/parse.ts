/**
 * How fast line protocol and CSV become columns, against the usual way of taking JSON in: decode, split, JSON.parse.
 *
 *     node benchmarks/parse.ts [lines]
 *
 * Prints one JSON object; all ways read the same samples (csvTenCells has ten of them on each line), and the figures are lines a second of one core.
 */
import { BatchBuilder, SeriesTable } from '@sluis/protocol';
import { CsvReader } from '../packages/edge-agent/src/sources/csv/csv-reader.ts';
import { SeriesTemplate } from '../packages/edge-agent/src/sources/file/series-template.ts';
import { TimeReader } from '../packages/edge-agent/src/sources/file/time-reader.ts';
import { KeyCache } from '../packages/edge-agent/src/sources/line-protocol/key-cache.ts';
import { LineReader } from '../packages/edge-agent/src/sources/line-protocol/line-reader.ts';
import { precisions } from '../packages/edge-agent/src/sources/timestamp.ts';

const LINES = Number(process.argv[2] ?? 500_000);
const ROUNDS = 7;
const MACHINES = 50;
const QUANTITIES = ['temperature', 'pressure', 'vibration', 'current'];
const CHUNK_BYTES = 64 << 10;
const START_US = 1_700_000_000_000_000;

const samples = Array.from({ length: LINES }, (_, i) => ({
  quantity: QUANTITIES[i % QUANTITIES.length],
  machine: `press-${Math.floor(i / QUANTITIES.length) % MACHINES}`,
  value: Math.round((20 + 15 * Math.sin(i / 997)) * 100) / 100,
  time: START_US + i * 10,
}));
const lineProtocol = Buffer.from(
  samples.map((s) => `${s.quantity},machine=${s.machine} value=${s.value} ${s.time}000\n`).join(''),
);
const twoFields = Buffer.from(
  samples
    .map((s) => `${s.quantity},machine=${s.machine} value=${s.value},count=${s.time % 1000}i ${s.time}000\n`)
    .join(''),
);
const isoTime = (µs: number) => new Date(µs / 1_000).toISOString().slice(0, -1).replace('T', ' ');
const csv = Buffer.from(
  `time,machine,quantity,value\n${samples.map((s) => `${isoTime(s.time)},${s.machine},${s.quantity},${s.value}\n`).join('')}`,
);
const CELLS = 10;
const names = Array.from({ length: CELLS }, (_, i) => `sensor${i}`);
const csvTenCells = Buffer.from(
  `time,${names.join(',')}\n${samples.map((s) => `${isoTime(s.time)},${names.map((_, i) => s.value + i).join(',')}\n`).join('')}`,
);
const ndjson = Buffer.from(samples.map((s) => `${JSON.stringify(s)}\n`).join(''));

function readLines(bytes: Buffer): number {
  const series = new SeriesTable();
  const reader = new LineReader({
    site: 'lab',
    series,
    keys: new KeyCache(),
    precision: precisions.ns,
    maxLine: CHUNK_BYTES,
    bad: (line) => {
      throw new Error(`line ${line.line}: ${line.reason}`);
    },
  });
  let rows = 0;
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    reader.push(bytes.subarray(at, at + CHUNK_BYTES), START_US);
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
      arrival: () => START_US,
    },
  );
  let at = reader.readStart(bytes, 'nothing');
  if (typeof at !== 'number') throw new Error('the header was not read');
  let count = 0;
  for (let taken = 1; taken > 0; count += rows.take().length) {
    taken = reader.read(bytes.subarray(at, at + CHUNK_BYTES), 'more');
    at += taken;
  }
  return count;
}

function parseJson(bytes: Buffer): number {
  const series = new SeriesTable();
  const builder = new BatchBuilder();
  let rows = 0;
  for (const line of bytes.toString().split('\n')) {
    if (line === '') continue;
    const { quantity, machine, value, time } = JSON.parse(line);
    builder.double(series.intern(`lab/${machine}/${quantity}`), time, value);
    if (builder.length >= CHUNK_BYTES) rows += builder.take().length;
  }
  return rows + builder.take().length;
}

/** Lines a second in the best and the median round. */
function measure(expected: number, run: () => number): { best: number; median: number } {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    const rows = run();
    const { user, system } = process.cpuUsage(start);
    if (rows !== expected) throw new Error(`read ${rows} rows of ${expected}`);
    rates.push((LINES / (user + system)) * 1e6);
  }
  rates.sort((a, b) => a - b);
  return { best: Math.round(rates[ROUNDS - 1]), median: Math.round(rates[Math.floor(ROUNDS / 2)]) };
}

console.log(
  JSON.stringify(
    {
      lines: LINES,
      lineProtocol: measure(LINES, () => readLines(lineProtocol)),
      lineProtocolTwoFields: measure(LINES * 2, () => readLines(twoFields)),
      csv: measure(LINES, () => readCsv(csv, '{machine}/{quantity}')),
      csvTenCells: measure(LINES * CELLS, () => readCsv(csvTenCells, 'line/{column}')),
      decodeSplitJson: measure(LINES, () => parseJson(ndjson)),
    },
    undefined,
    2,
  ),
);
