import type { HubClient, SeriesRow } from '../../e2e/hub-client.ts';

export interface StoredDifferences {
  /** Samples of the first, and the series that have them. */
  readonly samples: number;
  readonly series: readonly string[];
  /** Samples that only the one or only the other hub has. */
  readonly missing: number;
  readonly more: number;
  /** Of some, for people. */
  readonly findings: readonly string[];
}

export const MOST_FINDINGS = 12;
/** Series asked for at a time. */
const AT_ONCE = 8;

/** Compares all that two hubs have, bit by bit: series, times, values and qualities, of each time what counts. */
export async function storedDifferences(expected: HubClient, found: HubClient): Promise<StoredDifferences> {
  const [right, left] = await Promise.all([expected.series(), found.series()]);
  const others = new Map(left.map((row) => [row.path, row]));
  const findings: string[] = [];
  let [missing, more] = [0, 0];
  const tell = (text: string): unknown => findings.length < MOST_FINDINGS && findings.push(text);

  const compare = async (row: SeriesRow): Promise<void> => {
    const other = others.get(row.path);
    others.delete(row.path);
    if (!other) {
      missing += row.samples;
      tell(`${row.path} is missing`);
      return;
    }
    if (row.type !== other.type || row.unit !== other.unit)
      tell(`${row.path} is ${other.type} '${other.unit}' instead of ${row.type} '${row.unit}'`);
    const [lines, otherLines] = await Promise.all([linesOf(expected, row.path), linesOf(found, row.path)]);
    const onlyHere = [...lines].filter((line) => !otherLines.has(line));
    const onlyThere = [...otherLines].filter((line) => !lines.has(line));
    missing += onlyHere.length;
    more += onlyThere.length;
    if (onlyHere.length + onlyThere.length > 0)
      tell(`${row.path}: ${onlyThere[0] ?? 'nothing'} instead of ${onlyHere[0] ?? 'nothing'}`);
  };

  const waiting = right.values();
  const worker = async (): Promise<void> => {
    for (const row of waiting) await compare(row);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const { path, samples } of others.values()) {
    more += samples;
    tell(`${path} should not be there`);
  }
  const samples = right.reduce((sum, row) => sum + row.samples, 0);
  return { samples, series: right.map(({ path }) => path), missing, more, findings };
}

/** `time,value,quality` of each sample, numbers with as many digits as tell them apart. */
async function linesOf(api: HubClient, series: string): Promise<Set<string>> {
  const response = await api.get('/api/v1/samples', { series, format: 'csv' });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} for the samples of ${series}: ${text}`);
  return new Set(text.trimEnd().split('\n').slice(1));
}
