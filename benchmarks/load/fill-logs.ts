import { randomBytes, randomFillSync } from 'node:crypto';
import { BatchBuilder, type EncodedSegment, encodeSegment, Lane } from '@sluis/protocol';
import { Storage } from '../../packages/edge-agent/src/log/storage.ts';

/*
 * Fills the logs of an agent that does not run, through the agent's own storage: in half a minute what machines take
 * hours for. Values cannot be made smaller: random doubles, or texts of random bytes.
 *
 *   node benchmarks/load/fill-logs.ts DATA_FOLDER doubles|texts JOURNAL_BYTES OUTBOX_BYTES
 *
 * Prints {"journal","outbox"}: samples.
 *
 * No stream has a position then: streams read the whole journal when the agent starts.
 */

const [directory, kind, journalBytes, outboxBytes] = process.argv.slice(2);
const SERIES = 1_000;
/** Of each series in a segment: about 190 KiB of doubles, 250 KiB of texts. */
const ROWS = kind === 'texts' ? 1 : 24;
/** In base64 a third more, of which a segment leaves these again. */
const TEXT_BYTES = 250;
/** µs between two rows. */
const STEP = 100_000;
const HOUR = 3_600_000_000;
/** Segments a commit. */
const AT_ONCE = 4;
const QUOTA = 16 * 2 ** 30;

const start = Date.now() * 1000 - 10 * HOUR;
const silent = { debug() {}, info() {}, warn: console.error, error: console.error };
const quotas = { quotaBytes: QUOTA, hardQuotaBytes: 2 * QUOTA };
using storage = Storage.open({
  directory,
  now: () => Date.now() * 1000,
  log: silent,
  journal: quotas,
  outbox: quotas,
});

const definitions = (measurement: string) => ({
  first: 0,
  series: Array.from({ length: SERIES }, (_, i) => ({ path: `lab/m${i}/${measurement}`, unit: '' })),
});

const length = SERIES * ROWS;
const ids = Uint32Array.from({ length }, (_, i) => Math.floor(i / ROWS));

function segment(row: number): EncodedSegment {
  const time = Float64Array.from({ length }, (_, i) => start + (row + (i % ROWS)) * STEP);
  if (kind !== 'texts') {
    return encodeSegment(
      { length, series: ids, time, value: randomDoubles(), quality: new Uint8Array(length) },
      { effort: 'fast' },
    );
  }
  const builder = new BatchBuilder();
  for (let i = 0; i < length; i++) builder.text(ids[i], time[i], randomBytes(TEXT_BYTES).toString('base64'));
  return encodeSegment(builder.take(), { effort: 'fast' });
}

/** From 1 to below 2: all bits of the fraction are random. */
function randomDoubles(): Float64Array {
  const values = new Float64Array(length);
  const words = randomFillSync(new Uint32Array(values.buffer));
  for (let i = 1; i < words.length; i += 2) words[i] = (words[i] & 0x000f_ffff) | 0x3ff0_0000;
  return values;
}

/** Commits until there are so many bytes; returns the samples. */
function fill(bytes: number, commit: (segments: EncodedSegment[]) => void): number {
  let samples = 0;
  for (let done = 0, row = 0; done < bytes;) {
    const segments = Array.from({ length: AT_ONCE }, (_, i) => segment(row + i * ROWS));
    row += AT_ONCE * ROWS;
    commit(segments);
    done += segments.reduce((sum, one) => sum + one.bytes.length, 0);
    samples += segments.reduce((sum, one) => sum + one.samples, 0);
  }
  return samples;
}

const journaled = definitions('journaled');
const journal = fill(Number(journalBytes), (segments) => {
  const entries = segments.map((one) => ({ ...one, source: 'tcp', clock: Date.now() * 1000 }));
  storage.journal.append({ entries, definitions: journaled });
});
const outboxed = definitions('outboxed');
const outbox = fill(Number(outboxBytes), (segments) => {
  const inLane = segments.map((one) => ({ ...one, lane: Lane.data }));
  storage.outbox.commit({ segments: inLane, definitions: outboxed, positions: {} });
});
console.log(JSON.stringify({ journal, outbox }));
