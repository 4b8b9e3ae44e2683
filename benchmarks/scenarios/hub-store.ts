import { jsonOf } from '../load/script.ts';
import type { Figure, Result, Scenario } from '../scenario.ts';

const SAMPLES = 100_000_000;
const RATE = 100_000;

/** What is used here of what the program prints. */
interface Printed {
  readonly startSeconds: number;
  readonly fill: { readonly samplesPerSecond: number; readonly peakMiB: { readonly total: number } };
  readonly files: { readonly count: number; readonly bytes: number };
  readonly samples: number;
  readonly live: {
    readonly samplesPerSecond: number;
    readonly acked: Spread;
    readonly onAPage: Spread & { readonly sent: number };
    readonly peakMiB: { readonly total: number };
    readonly loadAverage: readonly number[];
  };
  readonly oneSeriesOneHour: { readonly samples: Spread; readonly aggregate: Spread };
}

interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What a hub that is full answers while samples arrive. */
export const hubStore: Scenario = {
  name: 'hub-store',
  about: 'a hub with 100 M samples: pace while it fills, answers and live latency while 100 k samples/s arrive',
  seconds: 300,
  onlyByName: true,

  async run({ folder, progress }): Promise<Result> {
    progress('fills the hub');
    const args = ['--samples', String(SAMPLES), '--rate', String(RATE), '--data', folder];
    const printed = (await jsonOf('hub-store.ts', args)) as Printed;
    const { fill, files, live, oneSeriesOneHour } = printed;
    if (live.onAPage.count === 0 || live.acked.count === 0) throw new Error('nothing was seen while it was asked');
    const low = (what: string, value: number, unit: string): Figure => ({ what, value, unit, better: 'lower' });
    return {
      figures: [
        { what: 'taken in while filling', value: fill.samplesPerSecond, unit: 'samples/s', better: 'higher' },
        { what: 'taken in while asked', value: live.samplesPerSecond, unit: 'samples/s', better: 'higher' },
        low('acknowledged while asked, p99', live.acked.p99Ms, 'ms'),
        low('on a page while asked, p99', live.onAPage.p99Ms, 'ms'),
        low('samples of a series in an hour, p50', oneSeriesOneHour.samples.p50Ms, 'ms'),
        low('samples of a series in an hour, p99', oneSeriesOneHour.samples.p99Ms, 'ms'),
        low('aggregates of a series in an hour, p99', oneSeriesOneHour.aggregate.p99Ms, 'ms'),
        low('files', files.bytes / printed.samples, 'bytes/sample'),
        low('highest PSS while filling', fill.peakMiB.total, 'MiB'),
        low('highest PSS while asked', live.peakMiB.total, 'MiB'),
      ],
      notes: [
        `Of ${live.onAPage.sent} segments ${live.onAPage.count} were seen on a page. Files: ${files.count}. Load around the questions: ${live.loadAverage.join(', ')}.`,
        'node benchmarks/hub-store.ts measures the same with other numbers, and prints more.',
      ],
    };
  },
};
