import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Site } from '../test/e2e/site.ts';

/*
 * Real data all the way: every file of the Numenta Anomaly Benchmark through the csv source of an agent to a hub, both as
 * the programs that people run, and every row that the hub gives back compared bit for bit with a parser of its own.
 *
 *   node benchmarks/nab.ts [FOLDER]      FOLDER: with folders of CSV files `timestamp,value`; ../shared/data/nab unless given
 *
 * Some files have no line end after their last row: lastLine says that it counts all the same.
 *
 * The data is not part of the project (https://github.com/numenta/NAB): without it there is nothing to do.
 */

const MICROSECONDS_PER_MS = 1_000;
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '../../shared/data/nab'));
if (!existsSync(folder)) {
  console.log(`nab: skipped, there is no folder ${folder}`);
  process.exit(0);
}
const groups = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, files: readdirSync(join(folder, name)).filter((file) => file.endsWith('.csv')) }))
  .filter(({ files }) => files.length > 0);

/** A file's samples by time in µs. Of a time that is there twice the later line counts. */
function parse(path: string): { rows: number; samples: Map<number, number> } {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  if (header !== 'timestamp,value') throw new Error(`${path} begins with ${header}`);
  const samples = lines.map((line) => {
    const [time, value] = line.split(',');
    return [Date.parse(`${time.replace(' ', 'T')}Z`) * MICROSECONDS_PER_MS, Number(value)] as const;
  });
  return { rows: lines.length, samples: new Map(samples) };
}

const flow = () => `
sources:
${groups.map(({ name }) => `  ${name}: { type: csv, path: '${folder}/${name}/*.csv', time: timestamp, series: 'nab/${name}/{file}', lastLine: 1s }`).join('\n')}
streams:
  raw: { from: [${groups.map(({ name }) => name).join(', ')}] }
`;

await using site = await Site.open({ flow });
const expected = groups.flatMap(({ name, files }) =>
  files.map((file) => ({ path: `lab/nab/${name}/${basename(file, '.csv')}`, ...parse(join(folder, name, file)) })),
);
const rows = expected.reduce((sum, file) => sum + file.rows, 0);
const began = performance.now();
await site.hub.start();
await site.agent.start();
await site.status(
  'all rows are in the journal',
  ({ sources }) => Object.values(sources).reduce((sum, source) => sum + source.in, 0) >= rows,
);
await site.agent.drained();

const table = [];
for (const { path, rows, samples } of expected) {
  await site.stored(path, samples.size);
  const { time, value } = await site.api.numbers(path);
  const exact = time.filter((µs, i) => Object.is(samples.get(µs), value[i])).length;
  table.push({ series: path, rows, repeatedTimes: rows - samples.size, atHub: time.length, exact });
}
const seconds = (performance.now() - began) / 1_000;
const [{ acked }] = await site.api.agents();
const wrong = table.filter(
  ({ rows, repeatedTimes, atHub, exact }) => atHub !== rows - repeatedTimes || exact !== atHub,
);
console.table(table);
console.log(
  JSON.stringify({
    rows,
    exact: table.reduce((sum, { exact }) => sum + exact, 0),
    repeatedTimes: table.reduce((sum, { repeatedTimes }) => sum + repeatedTimes, 0),
    wrongSeries: wrong.length,
    bytesPerSample: Number((acked.bytes / acked.samples).toFixed(2)),
    seconds: Number(seconds.toFixed(1)),
  }),
);
process.exitCode = wrong.length > 0 ? 1 : 0;
