import { decodeSegment, encodeSegment, groupBySeries } from '@sluis/protocol';
import { inTurns } from '../measure/rounds.ts';
import { walk } from '../measure/walk.ts';
import type { Context, Result, Scenario } from '../scenario.ts';

export const codec: Scenario = {
  name: 'codec',
  about: 'segments: how fast on one core, how small against entropy',
  seconds: 30,
  run,
};

async function run({ progress }: Context): Promise<Result> {
  progress('speed');
  const { rows } = walk(655, 100);
  const grouped = groupBySeries([rows]);
  const tight = encodeSegment(grouped, { effort: 'tight' }).bytes;
  const timings = inTurns({
    encode: () => encodeSegment(grouped, { effort: 'tight' }),
    decode: () => decodeSegment(tight),
  });
  return {
    figures: [
      {
        what: 'encode',
        value: rows.length / timings.encode.seconds,
        unit: 'samples/s',
        better: 'higher',
        target: { atLeast: 25e6 },
      },
      {
        what: 'decode',
        value: rows.length / timings.decode.seconds,
        unit: 'samples/s',
        better: 'higher',
        target: { atLeast: 25e6 },
      },
    ],
  };
}
