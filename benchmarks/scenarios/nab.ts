import { Site } from '../../test/e2e/site.ts';
import { bytesOfNab, missingNab, nabFolder, readNab } from '../measure/nab.ts';
import type { Context, Result, Scenario } from '../scenario.ts';

/*
 * Real data all the way: every file of the Numenta Anomaly Benchmark through the csv source of an agent to a hub, both as
 * the programs that people run, and every row that the hub gives back compared bit for bit with a parser of its own.
 */

export const nab: Scenario = {
  name: 'nab',
  about: 'real CSV files through agent and hub: every row bit for bit, and bytes a sample',
  seconds: 20,
  missing: ({ data }) => missingNab(data),
  run,
};

interface Expected {
  readonly path: string;
  readonly rows: number;
  /** By time. Of a time that is there twice the later line counts. */
  readonly samples: ReadonlyMap<number, number>;
}

async function run({ data, folder, progress }: Context): Promise<Result> {
  const files = readNab(data);
  const expected = files.map(({ group, name, time, value }): Expected => {
    const samples = new Map(Array.from(time, (µs, i) => [µs, value[i] ?? Number.NaN]));
    return { path: `lab/nab/${group}/${name}`, rows: time.length, samples };
  });
  const rows = expected.reduce((sum, file) => sum + file.rows, 0);
  const groups = [...new Set(files.map(({ group }) => group))];
  // Some files have no line end after their last row: lastLine says that it counts all the same.
  const flow = (): string => `
sources:
${groups.map((group) => `  ${group}: { type: csv, path: '${nabFolder(data)}/${group}/*.csv', time: timestamp, series: 'nab/${group}/{file}', lastLine: 1s }`).join('\n')}
streams:
  raw: { from: [${groups.join(', ')}] }
`;
  await using site = await Site.open({ flow, parent: folder });
  progress(`${rows} rows of ${files.length} files`);
  await site.hub.start();
  await site.agent.start();
  await site.status(
    'all rows are in the journal',
    ({ sources }) => Object.values(sources).reduce((sum, source) => sum + source.in, 0) >= rows,
  );
  await site.agent.drained();

  let exact = 0;
  const wrong: string[] = [];
  for (const { path, samples } of expected) {
    progress(path);
    await site.stored(path, samples.size);
    const { time, value } = await site.api.numbers(path);
    const same = time.filter((µs, i) => Object.is(samples.get(µs), value[i])).length;
    exact += same;
    if (same !== samples.size || time.length !== samples.size) wrong.push(path);
  }
  const [{ acked } = { acked: { bytes: 0, samples: 0 } }] = await site.api.agents();
  return {
    figures: [
      { what: 'series that differ', value: wrong.length, unit: 'series', better: 'lower', target: { atMost: 0 } },
      { what: 'rows that the hub gives back bit for bit', value: exact, unit: 'rows', better: 'higher' },
      {
        what: 'rows whose time was in their file twice',
        value: rows - expected.reduce((sum, { samples }) => sum + samples.size, 0),
        unit: 'rows',
        better: 'lower',
      },
      {
        what: 'sent to the hub',
        value: acked.bytes / acked.samples,
        unit: 'bytes/sample',
        better: 'lower',
        yardstick: { what: 'the files as they are', value: bytesOfNab(data) / rows, spread: 0 },
      },
    ],
    notes: [`${files.length} files; differing: ${wrong.join(', ') || 'none'}`],
  };
}
