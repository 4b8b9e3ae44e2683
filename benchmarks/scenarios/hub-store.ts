import { jsonOf } from '../load/script.ts';
import type { Summary } from '../measure/latency.ts';
import type { Figure, Result, Scenario } from '../scenario.ts';

const SAMPLES = 50_000_000;
const RATE = 100_000;

/** What is used here of what the program prints. */
interface Printed {
  readonly startSeconds: number;
  readonly fill: { readonly samplesPerSecond: number; readonly peakMB: number };
  readonly files: { readonly count: number; readonly bytes: number };
  readonly samples: number;
  readonly live: {
    readonly samplesPerSecond: number;
    readonly acked: Summary;
    readonly onAPage: Summary & { readonly sent: number };
    readonly peakMB: number;
    readonly loadAverage: readonly number[];
  };
  readonly oneSeriesOneHour: { readonly samples: Summary; readonly aggregate: Summary };
}

/** What a hub that is full answers while samples arrive. */
export const hubStore: Scenario = {
  name: 'hub-store',
  about: 'a hub with 50 M samples: pace while it fills, answers and live latency while 100 k samples/s arrive',
  seconds: 150,
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
        low('acknowledged while asked, p99', live.acked.p99, 'ms'),
        low('on a page while asked, p99', live.onAPage.p99, 'ms'),
        low('samples of a series in an hour, p50', oneSeriesOneHour.samples.p50, 'ms'),
        low('samples of a series in an hour, p99', oneSeriesOneHour.samples.p99, 'ms'),
        low('aggregates of a series in an hour, p99', oneSeriesOneHour.aggregate.p99, 'ms'),
        low('files', files.bytes / printed.samples, 'bytes/sample'),
        low('highest PSS while filling', fill.peakMB, 'MB'),
        low('highest PSS while asked', live.peakMB, 'MB'),
      ],
      notes: [
        `Of ${live.onAPage.sent} segments ${live.onAPage.count} were seen on a page. Files: ${files.count}. Load around the questions: ${live.loadAverage.join(', ')}.`,
        'node benchmarks/hub-store.ts measures the same with other numbers, and prints more.',
      ],
    };
  },
};
