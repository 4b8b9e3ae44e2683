import {
  BatchBuilder,
  type Columns,
  cutIntoSegments,
  decodeSegment,
  encodeGrouped,
  encodeSegment,
  groupBySeries,
} from '@sluis/protocol';
import { Outgoing } from '../../packages/edge-agent/src/streams/outgoing.ts';
import { gorilla } from '../measure/gorilla.ts';
import { missingNab, readNab } from '../measure/nab.ts';
import { parquetBytes } from '../measure/parquet.ts';
import { plainColumns, unplainColumns } from '../measure/plain-columns.ts';
import { inTurns, type Rate, rateOf } from '../measure/rounds.ts';
import { SECOND, walk } from '../measure/walk.ts';
import type { Context, Figure, Plot, Result, Scenario, Unmeasured } from '../scenario.ts';

export const codec: Scenario = {
  name: 'codec',
  about: 'segments: how fast on one core; how small against entropy, Parquet and Gorilla',
  seconds: 40,
  run,
};

const ROWS = 65_500;
const LIVE_SECONDS = 600;
const LIVE_SERIES = 8;
/** After the first result the agent gathers for so long. */
const CUTS_PER_SECOND = 4;

async function run({ progress, data, folder }: Context): Promise<Result> {
  progress('speed');
  const speed = speeds();
  progress('size of walks');
  const { figures, plot } = await walkSizes(folder);
  progress('size of live segments and of real data');
  const missing = missingNab(data);
  return {
    figures: [...speed, ...figures, ...(missing === undefined ? await nabSizes(data, folder) : []), ...live()],
    unmeasured: missing === undefined ? [] : withoutNab(missing),
    plots: [plot],
    notes: [
      'Speeds count all CPU time of the process. Encode is the outbox’s (tight), of rows that are grouped by series already: grouping them is outside of it, and of its yardstick. Journal is its own (fast), of rows as they arrive, grouping included.',
      'Bytes are whole segments: times, qualities, ids, tables of codes, CRC. Entropy is that of the steps of the values alone.',
    ],
  };
}

function speeds(): Figure[] {
  const { rows } = walk(655, ROWS / 655);
  const grouped = groupBySeries([rows]);
  const tight = encodeSegment(grouped, { effort: 'tight' }).bytes;
  const plain = plainColumns(grouped);
  const timings = inTurns({
    encode: () => encodeGrouped(grouped, { effort: 'tight' }),
    decode: () => decodeSegment(tight),
    journal: () => encodeSegment(rows, { effort: 'fast' }),
    plain: () => plainColumns(grouped),
    unplain: () => unplainColumns(plain),
  });
  const rate = (name: keyof typeof timings): Rate => rateOf(timings[name], rows.length);
  const figure = { unit: 'samples/s', better: 'higher' } as const;
  return [
    {
      ...figure,
      what: 'encode',
      ...rate('encode'),
      target: { atLeast: 25e6 },
      yardstick: { what: 'columns as they are, zstd 3', ...rate('plain') },
    },
    {
      ...figure,
      what: 'decode',
      ...rate('decode'),
      target: { atLeast: 25e6 },
      yardstick: { what: 'columns as they are, zstd 3', ...rate('unplain') },
    },
    { ...figure, what: 'group and encode for the journal', ...rate('journal') },
  ];
}

async function walkSizes(folder: string): Promise<{ figures: Figure[]; plot: Plot }> {
  const figures: Figure[] = [];
  const limits = new Map([
    [10, 1.5],
    [100, 1.08],
  ]);
  const lines = { segment: [], entropy: [], Parquet: [], Gorilla: [] } as Record<string, [number, number][]>;
  for (const samples of [1, 3, 10, 30, 100, 1_000, 8_000]) {
    const series = Math.floor(ROWS / samples);
    const { rows, entropy } = walk(series, samples);
    const grouped = groupBySeries([rows]);
    const bytes = encodeSegment(grouped, { effort: 'tight' }).bytes.length / rows.length;
    const most = limits.get(samples);
    if (most !== undefined) {
      figures.push({
        what: `walk, ${samples} samples a series a segment`,
        value: bytes,
        spread: 0,
        unit: 'bytes/sample',
        better: 'lower',
        yardstick: { what: 'Shannon entropy of its steps', value: entropy / 8, spread: 0 },
        ratioTarget: { atMost: most },
      });
    }
    lines.segment?.push([samples, bytes]);
    if (samples > 1) lines.entropy?.push([samples, entropy / 8]);
    lines.Parquet?.push([samples, (await parquetBytes(grouped, folder)) / rows.length]);
    lines.Gorilla?.push([samples, gorillaBytes(grouped) / rows.length]);
  }
  return {
    figures,
    plot: {
      title: 'Size of a walk in hundredths, 65,500 samples',
      kind: 'line',
      x: { label: 'samples of a series', scale: 'log' },
      y: { label: 'bytes/sample', scale: 'log' },
      lines: Object.entries(lines).map(([name, points]) => ({ name, points })),
    },
  };
}

const againstParquet = { what: 'NAB, against Parquet', ratioTarget: { atMost: 1 } } as const;
const againstGorilla = { what: 'NAB, against Gorilla', ratioTarget: { atMost: 1 } } as const;

function withoutNab(why: string): Unmeasured[] {
  return [againstParquet, againstGorilla].map((figure) => ({ ...figure, why }));
}

async function nabSizes(data: string, folder: string): Promise<Figure[]> {
  const builder = new BatchBuilder();
  for (const [id, { time, value }] of readNab(data).entries()) {
    for (let i = 0; i < time.length; i++) builder.double(id, time[i] ?? 0, value[i] ?? 0);
  }
  const rows = builder.take();
  const pieces = cutIntoSegments([rows]);
  const bytes = pieces.reduce((sum, piece) => sum + encodeSegment(piece, { effort: 'tight' }).bytes.length, 0);
  const figure = {
    value: bytes / rows.length,
    spread: 0,
    unit: 'bytes/sample',
    better: 'lower',
  } as const;
  const parquet = (await parquetBytes(rows, folder)) / rows.length;
  return [
    { ...figure, ...againstParquet, yardstick: { what: 'Parquet, zstd 3', value: parquet, spread: 0 } },
    {
      ...figure,
      ...againstGorilla,
      yardstick: { what: 'Gorilla', value: gorillaBytes(rows) / rows.length, spread: 0 },
    },
  ];
}

/** Of rows grouped by series. */
function gorillaBytes({ series, time, value, length }: Columns): number {
  let bytes = 0;
  for (let from = 0, to = 0; from < length; from = to) {
    while (to < length && series[to] === series[from]) to++;
    bytes += gorilla({
      time: time.subarray(from, to).map((µs) => µs / SECOND),
      value: value.subarray(from, to),
    }).length;
  }
  return bytes;
}

/** Eight series once a second, as the agent cuts live results: all at one moment, or spread over the second. */
function live(): Figure[] {
  const { rows } = walk(LIVE_SERIES, LIVE_SECONDS);
  return [
    { name: 'all read together', cuts: 1 },
    { name: 'spread over the second', cuts: CUTS_PER_SECOND },
  ].map(({ name, cuts }) => {
    const outgoing = new Outgoing();
    const perCut = LIVE_SERIES / cuts;
    let bytes = 0;
    for (let from = 0; from < rows.length; from += perCut) {
      const builder = new BatchBuilder();
      for (let row = from; row < from + perCut; row++) {
        const phase = Math.floor(((row % LIVE_SERIES) / LIVE_SERIES) * cuts) * (SECOND / cuts);
        builder.double(rows.series[row] ?? 0, (rows.time[row] ?? 0) + phase, rows.value[row] ?? 0);
      }
      outgoing.add(builder.take());
      for (const segment of outgoing.take()) bytes += segment.bytes.length;
    }
    return {
      what: `live, ${LIVE_SERIES} series at 1 Hz, ${name}`,
      value: bytes / rows.length,
      spread: 0,
      unit: 'bytes/sample',
      better: 'lower',
    };
  });
}
