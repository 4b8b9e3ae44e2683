import { BatchBuilder, Kind } from '@sluis/protocol';
import { map } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineOperator } from '../operator.ts';
import { positiveDuration } from '../units/duration.ts';
import { marbles, together } from './marbles.ts';
import { violations } from './planted.ts';
import { run } from './run.ts';
import { EPOCH, sample } from './sample.ts';
import { format, parse } from './text-form.ts';

const SECOND = 1_000_000;

/** Passes everything, and says at each tick what it knows of time. */
const clock = defineOperator({
  name: 'clock',
  version: 1,
  summary: 'Tells the time.',
  config: z.strictObject({ every: positiveDuration }),
  create: ({ state, series, stream, count }) => {
    const tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
    return map((batch) => {
      if (batch.tick === tick.value) return batch;
      tick.value = batch.tick;
      const rows = new BatchBuilder();
      batch.watermarks.series.forEach((id, i) => {
        const watermark = batch.watermarks.time[i];
        rows.double(
          series.intern(`${series.path(id)}/${stream}/watermark`, 's'),
          batch.tick,
          (watermark - EPOCH) / SECOND,
        );
      });
      count('clock: ticks', 1);
      const { position, horizon, watermarks } = batch;
      return batch.length > 0 ? batch : { ...rows.take(), position, tick: batch.tick, horizon, watermarks };
    });
  },
});

const every = { every: '1s' };

describe('a run', () => {
  test('gives what goes in as it is', () => {
    const text = `
      0s  a/t    20.5  Cel
      0s  a/n    42i  ?
      1s  a/n    18446744073709551615u  r2
      1s  a/on   true  !
      1s  a/mode 'idle'
      -1h a/t    -0`;
    const { samples, counts } = run(clock, every, text);
    expect(samples).toEqual(parse(text));
    expect(counts).toEqual({ 'clock: ticks': 1 });
    expect(samples.map(({ kind }) => kind)).toContain('uint64' satisfies keyof typeof Kind);
  });

  test('has ticks and watermarks as the host of a stream gives them', () => {
    const given = `
      5s   a  1
      3s   a  1
      2d   b  1         # beyond the horizon
      tick 6s
      4s   a  1
      tick 7s
      1d   b  1
      tick 8s`;
    const { lines } = run(clock, every, given, { stream: 'told' });
    expect(format(lines)).toBe(
      format(
        parse(`
      5s   a  1
      3s   a  1
      2d   b  1
      tick 6s
      6s   a/told/watermark  5 s
      4s   a  1
      tick 7s
      1d   b  1
      tick 8s
      8s   b/told/watermark  86400 s`),
      ),
    );
  });

  test('takes a time at which the clock begins, and lets it only go forward', () => {
    expect(run(clock, every, 'tick 1h\n0s a 1\ntick 2h').counts).toEqual({ 'clock: ticks': 2 });
    expect(() => run(clock, every, 'tick 1h\n0s a 1\ntick 30m')).toThrow(
      'tick 30m after 1h: the clock only goes forward',
    );
  });

  test('names the key of a configuration that is wrong', () => {
    expect(() => run(clock, { every: 'soon' }, '')).toThrow("clock.every: 'soon' is not a duration");
    // @ts-expect-error The configuration is that of the operator.
    expect(() => run(clock, { evry: '1s' }, '')).toThrow('clock: Unrecognized key: "evry"');
  });

  test('says where an operator breaks its contract', () => {
    const { operator } = violations['keeps empty batches to itself'];
    expect(() => run(operator, {}, 'tick 1s')).toThrow('Emit one batch for each batch');
  });
});

describe('marbles', () => {
  test('are samples in frames, and ticks between them', () => {
    const lines = marbles(
      'a-(1b) | c',
      { a: 20.5, b: { value: 2, quality: 'bad' }, c: 'RUN' },
      { series: 'm', step: '1s' },
    );
    expect(format(lines)).toBe(format(parse("0s m 20.5\n2s m 1\n2s m 2 !\ntick 3s\n3s m 'RUN'")));
  });

  test('of several series come together in order of time, with one tick where both have it', () => {
    const lines = together(
      marbles('1-|2|', {}, { series: 'a', step: '1s' }),
      marbles(' 3|4|', {}, { series: 'b', step: '2s', unit: 'Cel' }),
    );
    expect(format(lines)).toBe(format(parse('0s a 1\n0s b 3 Cel\ntick 2s\n2s a 2\n2s b 4 Cel\ntick 3s\ntick 4s')));
  });

  test('say what is missing', () => {
    expect(() => marbles('x', {}, { series: 'a', step: '1s' })).toThrow("'x' stands in the diagram");
    expect(() => marbles('1', {}, { series: 'a', step: '0s' })).toThrow("step: '0s' is no time");
  });

  test('begin when they are told to', () => {
    expect(marbles('1', {}, { series: 'a', step: '1s', start: '1h' })).toEqual([sample('a', 3600 * SECOND, 1)]);
  });
});
