import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MICROSECONDS_PER_MS = 1_000;

export interface NabFile {
  readonly group: string;
  /** Without its ending. */
  readonly name: string;
  /** µs, in the order of the file. */
  readonly time: Float64Array;
  readonly value: Float64Array;
}

/** Why the Numenta Anomaly Benchmark cannot be used, or undefined. */
export function missingNab(data: string): string | undefined {
  const folder = nabFolder(data);
  if (existsSync(folder)) return undefined;
  return `there is no folder ${folder}. The data is not part of the project: copy "data" of https://github.com/numenta/NAB there, or give its parent by --data`;
}

export function nabFolder(data: string): string {
  return join(data, 'nab');
}

/** All files `timestamp,value` in folders of the folder. A parser of its own: what we read is checked against it. */
export function readNab(data: string): NabFile[] {
  return filesOf(data).map(({ group, name, path }) => ({ group, name, ...parse(path) }));
}

/** Of all these files. */
export function bytesOfNab(data: string): number {
  return filesOf(data).reduce((sum, { path }) => sum + statSync(path).size, 0);
}

function filesOf(data: string): { group: string; name: string; path: string }[] {
  const folder = nabFolder(data);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: group }) =>
      readdirSync(join(folder, group))
        .filter((file) => file.endsWith('.csv'))
        .sort()
        .map((file) => ({ group, name: file.slice(0, -'.csv'.length), path: join(folder, group, file) })),
    );
}

function parse(path: string): Pick<NabFile, 'time' | 'value'> {
  const [header, ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  if (header !== 'timestamp,value') throw new Error(`${path} begins with ${header}`);
  const cells = lines.map((line) => line.split(','));
  return {
    time: Float64Array.from(cells, ([time = '']) => Date.parse(`${time.replace(' ', 'T')}Z`) * MICROSECONDS_PER_MS),
    value: Float64Array.from(cells, ([, value]) => Number(value)),
  };
}
