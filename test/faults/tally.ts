import { AGGREGATES, type Differences, type Wrong } from '../e2e/account.ts';
import type { Gap, Value } from '../e2e/hub-client.ts';

/** Of a sample that was lost before the streams, so many results are of one sample fewer: in two streams, a window each. */
const RESULTS_PER_SAMPLE = 2 * AGGREGATES.length;
const MOST_FINDINGS = 12;

/** How much one gap still excuses, and of which times. */
interface Allowance {
  samples: number;
  results: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Weighs what is missing or wrong against the gaps that the hub reports. A gap that tells how many samples it has lost
 * excuses so many samples, and so many results as these samples may have had a part in, between its times if it tells
 * them. A gap that tells only its times excuses what lies between them. One that tells neither excuses nothing.
 *
 * A sample is excused when it is missing, or has a value that was acknowledged for its time before the last one: what was
 * lost was the correction. A result is excused when it is missing or of other samples. Nothing excuses what is twice, was
 * never sent, or has counted too many.
 */
export class Tally {
  lost = 0;
  double = 0;
  shed = 0;
  readonly findings: string[] = [];
  readonly #allowances: readonly Allowance[];

  constructor(gaps: readonly Gap[]) {
    this.#allowances = gaps
      .flatMap(({ samples, firstTime, lastTime }) => {
        if (samples === null && (firstTime === null || lastTime === null)) return [];
        const most = samples ?? Infinity;
        const [first, last] = [firstTime ?? -Infinity, lastTime ?? Infinity];
        return [{ samples: most, results: most * RESULTS_PER_SAMPLE, first, last }];
      })
      // The narrowest first: what only a wide one excuses finds that still unused.
      .toSorted((a, b) => (a.last - a.first < b.last - b.first ? -1 : 1));
  }

  /** Of a series of samples; `earlier` are the values that were acknowledged for a time before the last one. */
  samples(path: string, { missing, wrong }: Differences, earlier: ReadonlyMap<number, readonly Value[]>): void {
    for (const time of missing) this.#weigh('samples', time, 0, 'lost', `${path} lacks ${time}`);
    for (const one of wrong) {
      const isEarlier = one.kind === 'value' && earlier.get(one.time)?.some((value) => Object.is(value, one.value));
      const what = `${path} at ${one.time}: ${one.how}`;
      if (isEarlier) this.#weigh('samples', one.time, 0, 'double', what);
      else this.#find('double', what);
    }
  }

  /** Of windows of `span` µs. A filter that compares with what passed before may let others pass, and more, after a loss. */
  results(path: string, { missing, wrong }: Differences, span: number, { mayBeMore }: { mayBeMore: boolean }): void {
    for (const time of missing) this.#weigh('results', time, span, 'lost', `${path} lacks ${time}`);
    for (const one of wrong) {
      const what = `${path} at ${one.time}: ${one.how}`;
      if (one.kind === 'value' || (mayBeMore && isOfOthers(one))) {
        this.#weigh('results', one.time, span, 'double', what);
      } else {
        this.#find('double', what);
      }
    }
  }

  stranger(path: string, samples: number): void {
    this.double += samples - 1;
    this.#find('double', `nobody sent ${path}, of ${samples} samples`);
  }

  #weigh(of: 'samples' | 'results', time: number, span: number, kind: 'lost' | 'double', what: string): void {
    const allowance = this.#allowances.find((one) => one[of] > 0 && one.first <= time + span && time <= one.last);
    if (!allowance) return this.#find(kind, what);
    allowance[of]--;
    this.shed++;
  }

  #find(kind: 'lost' | 'double', what: string): void {
    this[kind]++;
    if (this.findings.length < MOST_FINDINGS) this.findings.push(`${kind}: ${what}`);
  }
}

function isOfOthers({ kind }: Wrong): boolean {
  return kind === 'more' || kind === 'unknown';
}
