import { BatchBuilder } from '../src/batch-builder.ts';
import { type Columns, Kind } from '../src/batch.ts';
import { doubleOf } from './text-rows.ts';

/*
 * What the golden vectors hold: together every branch of the format. Only scripts/golden.ts uses it; what is once
 * written to golden/ stays, so add vectors, and change none.
 */

const START = 1_700_000_000_000_000;
const SECOND = 1_000_000;

type Write = (builder: BatchBuilder, random: () => number) => void;

const writers: Record<string, Write> = {
  empty() {},

  example(builder) {
    builder.double(3, START, 20.5);
    builder.double(3, START + SECOND, 20.25, 1);
    builder.double(3, START + 2 * SECOND, Number.NaN, 2);
    builder.double(7, START, 100);
    builder.double(7, START + SECOND / 2, -1.5);
  },

  'one sample each of many series'(builder, random) {
    for (let series = 0; series < 200; series++) {
      builder.double(series, START + Math.floor(random() * SECOND), Math.round(random() * 1e4) / 100);
    }
  },

  'a regular walk with two decimals'(builder, random) {
    for (let series = 0; series < 6; series++) {
      let value = 2_000;
      for (let i = 0; i < 60; i++) {
        value += Math.round((random() - 0.5) * 60);
        builder.double(series, START + i * SECOND, value / 100);
      }
    }
  },

  'calm and noisy series'(builder, random) {
    for (let series = 0; series < 12; series++) {
      for (let i = 0; i < 80; i++) {
        const noise = series < 6 ? Math.round(random() * 3) : Math.round(random() * 1e5);
        builder.double(series, START + i * SECOND, noise / 10);
      }
    }
  },

  constant(builder) {
    for (let i = 0; i < 300; i++) builder.double(5, START + i * SECOND, 42.5, 1);
  },

  'times in microseconds, irregular, backwards, repeated'(builder, random) {
    for (let series = 0; series < 3; series++) {
      let time = START + 7;
      for (let i = 0; i < 40; i++) {
        builder.double(series, time, i);
        time += Math.floor(random() * 1e5) - 3e4 * (i % 5);
      }
    }
    for (let i = 0; i < 10; i++) builder.double(9, START, i);
  },

  'times in milliseconds, jittered, and the same for three series'(builder, random) {
    const times = Array.from({ length: 30 }, (_, i) => START + 100_000 * i + 1_000 * Math.floor(random() * 40));
    for (let series = 0; series < 3; series++) for (const time of times) builder.double(series, time, series);
  },

  'times beyond deltas'(builder) {
    const most = 2 ** 53 - 1;
    for (let i = 0; i < 9; i++) builder.double(1, i % 2 === 0 ? -most : most, i);
    builder.double(2, most, 1);
    builder.double(2, 0, 2);
    for (let i = 0; i < 9; i++) builder.double(3, i - 4, i);
  },

  'doubles of every kind'(builder, random) {
    const special = [
      0,
      -0,
      Infinity,
      -Infinity,
      Number.NaN,
      5e-324,
      -2.225e-308,
      Number.MAX_VALUE,
      Number.EPSILON,
      0.1 + 0.2,
      2 ** 53,
      -(2 ** 51),
      2 ** 51 - 1,
    ];
    for (const value of special) builder.double(1, START, value);
    for (let i = 0; i < 40; i++) builder.double(2, START + i, random());
    for (let i = 0; i < 40; i++)
      builder.double(
        3,
        START + i,
        doubleOf(
          Math.floor(random() * 2 ** 52)
            .toString(16)
            .padStart(16, '7'),
        ),
      );
  },

  'decimals with exceptions'(builder, random) {
    for (let i = 0; i < 120; i++) {
      const value = Math.round(random() * 1e4) / 1e3;
      if (i === 17) builder.double(1, START + i, Number.NaN, 2);
      else if (i === 40) builder.double(1, START + i, -0);
      else if (i === 63) builder.double(1, START + i, Math.PI);
      else if (i === 80) builder.double(1, START + i, -Infinity);
      else if (i % 10 === 9) builder.double(1, START + i, doubleOf((BigInt(`0x${hexOf(value)}`) + 1n).toString(16)));
      else builder.double(1, START + i, value);
    }
  },

  'every number of decimals'(builder, random) {
    for (let decimals = 0; decimals <= 15; decimals++) {
      for (let i = 0; i < 8; i++)
        builder.double(decimals, START + i, Number((random() / (1 + (decimals === 15 ? 9 : 0))).toFixed(decimals)));
    }
  },

  singles(builder, random) {
    for (let i = 0; i < 40; i++) builder.double(1, START + i, Math.fround(20 + Math.round(random() * 100) / 10));
    for (let i = 0; i < 40; i++) builder.double(2, START + i, Math.fround(Math.sin(i / 10) * 1e-3));
    for (const value of [
      0,
      -0,
      Infinity,
      -Infinity,
      Number.NaN,
      Math.fround(1e-45),
      Math.fround(-3.4e38),
      Math.fround(Math.PI),
    ])
      builder.double(3, START, value);
  },

  'counters and ramps'(builder, random) {
    for (let i = 0; i < 50; i++)
      builder.integer(1, START + i * SECOND, BigInt(1_000_000 + i * 977 + Math.floor(random() * 3)), Kind.uint64);
    for (let i = 0; i < 50; i++) builder.double(2, START + i * SECOND, i * 12.5);
  },

  'numbers of every magnitude'(builder) {
    for (let power = 0; power <= 50; power++) {
      builder.double(1, START, 0);
      builder.double(1, START, 2 ** power);
      builder.double(1, START, 0);
      builder.double(1, START, -(2 ** power) - Math.floor(2 ** power / 3));
    }
  },

  'booleans, integers and texts'(builder, random) {
    for (let i = 0; i < 40; i++) builder.boolean(1, START + i * SECOND, random() < 0.5);
    for (let i = 0; i < 40; i++)
      builder.integer(2, START + i * SECOND, BigInt(Math.floor(random() * 1e3) - 500), Kind.int64);
    for (let i = 0; i < 40; i++)
      builder.integer(3, START + i * SECOND, BigInt(START) * 1_000n + BigInt(i * 1e9), Kind.int64);
    for (const value of [-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, 2n ** 53n + 1n])
      builder.integer(4, START, value, Kind.int64);
    for (const value of [2n ** 64n - 1n, 2n ** 63n, 0n, 2n ** 53n + 1n]) builder.integer(5, START, value, Kind.uint64);
    for (let i = 0; i < 40; i++)
      builder.text(6, START + i * SECOND, ['running', 'stopped', 'fault: spindle'][Math.floor(random() * 3)]);
  },

  'mixed kinds in one series'(builder, random) {
    for (let i = 0; i < 60; i++) {
      const time = START + i * 250_000;
      if (i % 5 === 0) builder.boolean(1, time, i % 2 === 0);
      else if (i % 5 === 1) builder.integer(1, time, BigInt(i) ** 11n, Kind.int64);
      else if (i % 5 === 2) builder.integer(1, time, BigInt(i), Kind.uint64, 1);
      else if (i % 5 === 3) builder.text(1, time, `state ${i % 3}`);
      else builder.double(1, time, i === 59 ? random() : i / 8);
    }
  },

  texts(builder) {
    for (const [i, text] of [
      '',
      'ä',
      '€',
      '😀',
      '\uFEFFwith a byte order mark',
      'a\0b',
      'line\nbreak',
      'x'.repeat(500),
      '"quoted"',
      '\\',
      '\u2028',
    ].entries()) {
      builder.text(i % 3, START + i, text);
      builder.text(i % 2, START - i, text);
    }
  },

  'qualities and revisions'(builder, random) {
    for (let i = 0; i < 100; i++)
      builder.double(i % 4, START + i * SECOND, i, [0, 0, 1, 2][Math.floor(random() * 4)] as 0 | 1 | 2);
    builder.revision = Uint16Array.from({ length: 100 }, (_, i) => (i % 7 === 0 ? 0 : i * 661));
  },

  'series ids up to 32 bits'(builder) {
    for (const series of [0, 1, 200, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1])
      builder.double(series, START, series);
  },
};

export const vectors: readonly { readonly name: string; readonly columns: () => Columns }[] = Object.entries(
  writers,
).map(([title, write]) => ({
  name: title.replaceAll(/[^a-z0-9]+/g, '-'),
  columns: () => {
    const builder = new BatchBuilder();
    write(builder, generator(1));
    return builder.take();
  },
}));

function hexOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

/** Numbers from 0 to below 1, always the same ones (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
