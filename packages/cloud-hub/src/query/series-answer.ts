import { kindNames, matchesPath } from '@sluis/protocol';
import { unreadableFile } from './damaged-file.ts';
import type { DuckDBRun } from './duckdb-run.ts';
import type { Pieces, Sources } from './planned.ts';
import type { SeriesQuery } from './query.ts';
import { type Count, uncertainCounts } from './series-counts.ts';

/** `GET /series`. */
export async function answerSeries(query: SeriesQuery, sources: Sources, run: DuckDBRun): Promise<Pieces> {
  const { index } = sources;
  const matches = query.match === undefined ? () => true : matchesPath(query.match);
  const ids: number[] = [];
  for (let id = 1; id <= index.size; id++) {
    const { path } = index.definition(id);
    if (!matches(path)) continue;
    const unreadable = sources.files.unreadable(path);
    if (unreadable) throw unreadableFile(unreadable);
    ids.push(id);
  }
  const counts = await uncertainCounts(ids, sources, run);
  // In the same turn: from here on rows that come late cannot make a count wrong.
  const known = ids.map((id): Count => counts.get(id) ?? { samples: index.rows(id), first: index.first(id) });
  return seriesText();

  async function* seriesText(): Pieces {
    yield '{"series":[';
    for (const [i, id] of ids.entries()) {
      const { path, unit } = index.definition(id);
      const { samples, first } = known[i];
      const latest = samples > 0 ? index.latest(id) : undefined;
      yield `${i === 0 ? '' : ','}${JSON.stringify({
        path,
        type: latest ? kindNames[latest.kind] : null,
        unit,
        first: latest ? first : null,
        last: latest ? index.last(id) : null,
        samples,
      })}`;
    }
    yield ']}';
  }
}
