import { loadConfig } from '@sluis/edge-agent';
import { BatchBuilder, type Columns, Kind, type Quality, qualityNames, StreamSeries } from '@sluis/plugin-sdk';
import { EPOCH, type Sample, type SampleValue } from '@sluis/plugin-sdk/testing';
import { Repeats } from '../../packages/edge-agent/src/streams/repeats.ts';
import { prefixed } from '../../packages/edge-agent/src/streams/series-map.ts';
import { Stream } from '../../packages/edge-agent/src/streams/stream.ts';

export interface ReplayOptions {
  /** An agent.yaml. */
  readonly config: string;
  /** The source that gives the samples. */
  readonly source: string;
  /** In the order in which they come, each when the agent's clock shows its time. */
  readonly given: readonly Sample[];
}

export interface Result {
  /** µs since the epoch of the test kit. */
  readonly time: number;
  readonly value: SampleValue;
  readonly quality: Sample['quality'];
}

const SECOND = 1_000_000;
/** Ticks behind the last sample, in which what waits for silence comes to its end. */
const LAST_TICKS = 30;
const ignore = (): void => undefined;
const silentLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Of each series and time the highest revision counts, of those the last. */
class Stored {
  readonly #series: StreamSeries;
  readonly #rows = new Map<string, Map<number, Result & { readonly revision: number }>>();

  constructor(series: StreamSeries) {
    this.#series = series;
  }

  add(rows: Columns, pathOf: (path: string) => string): void {
    for (let row = 0; row < rows.length; row++) {
      const path = pathOf(this.#series.path(rows.series[row]));
      const own = this.#rows.get(path) ?? new Map<number, Result & { revision: number }>();
      this.#rows.set(path, own);
      const time = rows.time[row] - EPOCH;
      const revision = rows.revision?.[row] ?? 0;
      if ((own.get(time)?.revision ?? 0) > revision) continue;
      own.set(time, { time, value: valueAt(rows, row), quality: qualityNames[rows.quality[row]], revision });
    }
  }

  results(): ReadonlyMap<string, readonly Result[]> {
    const inOrder = (own: Map<number, Result>): Result[] => [...own.values()].sort((a, b) => a.time - b.time);
    return new Map([...this.#rows].map(([path, own]) => [path, inOrder(own)]));
  }
}

function valueAt({ value, kind, text, texts }: Columns, row: number): SampleValue {
  if (kind?.[row] === Kind.text) return texts?.[text?.[row] ?? 0] ?? '';
  return kind?.[row] === Kind.boolean ? value[row] === 1 : value[row];
}

/**
 * What the streams of an agent's configuration make of samples: its own streams, in virtual time, without journal and hub. By
 * series what counts in the end, in order of time.
 */
export function replay({ config: file, source, given }: ReplayOptions): ReadonlyMap<string, readonly Result[]> {
  const { config } = loadConfig(file, { ...process.env, AGENT_DATA: './edge-data' });
  const series = new StreamSeries();
  const repeats = new Repeats({ series, skew: config.agent.skew });
  const streams = Object.entries(config.streams).map(([name, declaration]) => ({
    stream: new Stream({ name, declaration, series, log: silentLog }),
    pathOf: declaration.as === undefined ? (path: string) => path : prefixed(declaration.as),
  }));
  const stored = new Stored(series);
  let sequence = 0;
  const enter = (source: string, clock: number, rows: Columns): void => {
    const { batch } = repeats.next({ sequence: sequence++, source, clock: EPOCH + clock, rows });
    for (const { stream, pathOf } of streams) {
      if (!stream.takes(source)) continue;
      for (const results of stream.next(batch)) stored.add(results, pathOf);
    }
  };

  const rows = new BatchBuilder();
  const tick = (clock: number): void => enter('', clock, rows.take());
  let clock = Math.floor((given[0]?.time ?? 0) / SECOND) * SECOND;
  tick(clock);
  for (const { series: path, unit, time, value, quality } of given) {
    while (time >= clock + SECOND) {
      if (rows.length > 0) enter(source, clock, rows.take());
      tick((clock += SECOND));
    }
    add(rows, series.intern(path, unit), time, value, qualityNames.indexOf(quality) as Quality);
  }
  enter(source, clock, rows.take());
  for (let i = 0; i < LAST_TICKS; i++) tick((clock += SECOND));
  return stored.results();
}

function add(rows: BatchBuilder, id: number, time: number, value: SampleValue, quality: Quality): void {
  if (typeof value === 'number') rows.double(id, EPOCH + time, value, quality);
  else if (typeof value === 'boolean') rows.boolean(id, EPOCH + time, value, quality);
  else if (typeof value === 'string') rows.text(id, EPOCH + time, value, quality);
  else throw new TypeError('examples have no whole numbers of 64 bits');
}
