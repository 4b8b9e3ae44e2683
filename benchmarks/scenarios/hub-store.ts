import { fullHub } from '../hub-store/full-hub.ts';
import { plainTcp } from '../load/plain-tcp.ts';
import { latencyPlot } from '../measure/latency.ts';
import { missingProc } from '../load/processes.ts';
import type { Figure, Result, Scenario } from '../scenario.ts';

/** `benchmarks/hub-store.ts` takes other numbers. */
const SAMPLES = 50_000_000;
const RATE = 100_000;
const SECONDS = 30;
const MEMORY = '1GiB';

/** What a hub that is full answers while samples arrive. */
export const hubStore: Scenario = {
  name: 'hub-store',
  about: 'a hub with 50 M samples: pace while it fills, answers and live latency while 100 k samples/s arrive',
  seconds: 150,
  onlyByName: true,
  missing: missingProc,

  async run({ folder, progress }): Promise<Result> {
    const options = { folder, samples: SAMPLES, rate: RATE, seconds: SECONDS, memory: MEMORY, progress };
    const { fill, files, live, answers, duckDb, pace, samples, settleSeconds } = await fullHub(options);
    if (live.shown.count === 0 || live.acked.count === 0) throw new Error('nothing was seen while it was asked');
    progress('yardstick');
    const plain = await plainTcp(folder, { bytes: SAMPLES * fill.bytesPerSample });
    const low = (what: string, value: number, unit: string): Figure => ({ what, value, unit, better: 'lower' });
    const alone = (percent: number) => ({
      yardstick: { what: 'DuckDB alone on its files, nothing arriving', value: duckDb.percentile(percent) },
    });
    const everything = (): boolean => true;
    return {
      figures: [
        {
          what: 'taken in while filling',
          value: fill.samplesPerSecond,
          unit: 'samples/s',
          better: 'higher',
          yardstick: {
            what: 'the same bytes over plain TCP into a file',
            value: (plain * 1e6) / fill.bytesPerSample,
          },
        },
        {
          what: 'taken in while asked',
          value: live.samplesPerSecond,
          unit: 'samples/s',
          better: 'higher',
          yardstick: { what: 'sent', value: RATE },
        },
        low('acknowledged while asked, p99', live.acked.percentile(99), 'ms'),
        low('on a page while asked, p99', live.shown.percentile(99), 'ms'),
        { ...low('samples of a series in an hour, p50', answers.samples.percentile(50), 'ms'), ...alone(50) },
        { ...low('samples of a series in an hour, p99', answers.samples.percentile(99), 'ms'), ...alone(99) },
        low('aggregates of a series in an hour, p99', answers.aggregate.percentile(99), 'ms'),
        low('files', files.bytes / samples, 'bytes/sample'),
        low('highest PSS while filling', fill.memory.peakPss(everything), 'MB'),
        low('highest PSS while asked', live.memory.peakPss(everything), 'MB'),
      ],
      plots: [
        pace.rates('Throughput while it fills', { of: ['committed'] }),
        pace.totals('How far samples have come'),
        latencyPlot('Answers while 100 k samples/s arrive', {
          'samples of a series in an hour': answers.samples,
          'the same, DuckDB alone, nothing arriving': duckDb,
          'aggregates of a series in an hour': answers.aggregate,
        }),
        latencyPlot('Until a segment is committed, and seen', { acknowledged: live.acked, 'on a page': live.shown }),
        fill.memory.plot('Memory while it fills'),
        live.memory.plot('Memory while it is asked'),
      ],
      notes: [
        `Of ${live.segments} segments ${live.shown.count} were seen on a page. Files: ${files.count}, ${settleSeconds.toFixed(0)} s after the last was sent. Load around the questions: ${live.load.map((load) => load.toFixed(1)).join(', ')}.`,
        'DuckDB alone is asked after the hub, by the process of this scenario: it reads the rows as columns, makes no text of them and sends them nowhere.',
        'node benchmarks/hub-store.ts measures the same with other numbers, and prints more.',
      ],
    };
  },
};
