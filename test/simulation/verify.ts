import { decodeSegment, laneNames, type Lane, RangeSet } from '@sluis/protocol';
import type { Gap } from '../../packages/cloud-hub/src/store/ingest-store.ts';
import type { Storage } from '../../packages/edge-agent/src/log/storage.ts';
import type { Hub } from './hub.ts';
import type { Committed, Ledger } from './ledger.ts';
import type { OutboxState } from '@sluis/edge-agent/log';
import { MISSING } from '../../packages/cloud-hub/src/store/gaps.ts';
import { numberAt, rowAt, rowsOf, seriesOf, valueOf, writtenAs } from './samples.ts';

/** What was done to the two sides, as far as promises depend on it. */
export interface Done {
  /** The agent's folder was put back to an earlier state, or is another one. */
  edgeRestored: boolean;
  edgeCrashed: boolean;
  /** Commits of the agent failed. */
  edgeFailed: boolean;
  hubRestored: boolean;
}

interface Site {
  readonly ledger: Ledger;
  readonly storage: Storage;
  readonly hub: Hub;
  readonly done: Done;
  /** The outbox has a declared policy that gives up what was confirmed. */
  readonly mayShed: boolean;
}

interface StoredRow {
  readonly ordinal: number;
  readonly lane: Lane;
  readonly first: number;
  readonly next: number;
  readonly samples: number;
  readonly crc: number;
  readonly bytes: Buffer;
}

/** Compares what lies at the hub, once all has come to rest, with what the outbox confirmed. Returns what is wrong. */
export function verify({ ledger, storage, hub, done, mayShed }: Site): string[] {
  const problems: string[] = [];
  const stored = hub.database
    .prepare<[], StoredRow>('SELECT epoch AS ordinal, lane, first, next, samples, crc, bytes FROM segments')
    .all();
  const present = storedNumbers({ stored, hub, ledger, problems });
  const missing = ledger.committed.filter(({ number }) => !present.has(number));
  checkMissing(missing, { storage, hub, done, mayShed, problems });
  checkCounts({ stored, missing, ledger, storage, hub, done, problems });
  if (ledger.remints > 0 && !done.edgeRestored) problems.push(`${ledger.remints} new epochs for a history that is one`);
  return problems;
}

/** Which segments are at the hub: each whole, bit for bit, and once in each epoch. */
function storedNumbers(of: {
  stored: readonly StoredRow[];
  hub: Hub;
  ledger: Ledger;
  problems: string[];
}): Set<number> {
  const { stored, hub, ledger, problems } = of;
  const known = new Map([...ledger.undone, ...ledger.committed.map((one) => [one.number, one] as const)]);
  const paths = pathsByEpoch(hub);
  const present = new Set<number>();
  /** By epoch and number: how many rows. */
  const rows = new Map<string, number>();
  const say = (problem: string): void => {
    if (!problems.includes(problem)) problems.push(problem);
  };
  const found = ({ ordinal, lane, first, next }: StoredRow, number: number, count: number): void => {
    const from = known.get(number);
    if (!from) return say(`segment ${number} is at the hub, but was never committed`);
    if (from.lane !== lane || from.sequence < first || from.sequence >= next)
      say(`segment ${number} is ${from.sequence} of lane ${from.lane}, and at the hub ${first}..${next} of ${lane}`);
    const key = `${ordinal} ${number}`;
    rows.set(key, (rows.get(key) ?? 0) + count);
    present.add(number);
  };
  const checkPath = ({ ordinal }: StoredRow, number: number, series: number): void => {
    if (paths.get(ordinal)?.[series] !== seriesOf(number).path)
      say(`segment ${number} is of another series at the hub`);
  };
  for (const row of stored) {
    const whole = writtenAs(row.bytes, row.crc);
    if (whole) {
      found(row, whole.number, rowsOf(whole.number));
      checkPath(row, whole.number, whole.id);
      continue;
    }
    const { length, series, time, value } = decodeSegment(row.bytes);
    for (let i = 0; i < length; i++) {
      const number = numberAt(time[i]);
      found(row, number, 1);
      checkPath(row, number, series[i]);
      if (!Object.is(value[i], valueOf(number, rowAt(time[i])))) say(`segment ${number} has another value at the hub`);
      if (i > 0 && series[i] === series[i - 1] && time[i] === time[i - 1]) say(`segment ${number} has a row twice`);
    }
  }
  const epochs = new Map<number, number>();
  for (const [key, count] of rows) {
    const number = Number(key.split(' ')[1]);
    epochs.set(number, (epochs.get(number) ?? 0) + 1);
    if (count !== rowsOf(number))
      say(`segment ${number} has ${count} rows at the hub in one epoch, not ${rowsOf(number)}`);
  }
  for (const [number, times] of epochs)
    if (times > 1 + ledger.remints) say(`segment ${number} is at the hub in ${times} epochs`);
  return present;
}

function pathsByEpoch(hub: Hub): Map<number, string[]> {
  const found = hub.database
    .prepare<[], { epoch: number; id: number; path: string }>(
      `SELECT epoch, definitions.id AS id, path FROM definitions JOIN series ON series.id = definitions.series`,
    )
    .all();
  const paths = new Map<number, string[]>();
  for (const { epoch, id, path } of found) {
    const ofEpoch = paths.get(epoch) ?? [];
    ofEpoch[id] = path;
    paths.set(epoch, ofEpoch);
  }
  return paths;
}

/** What is not at the hub was given up by a declared policy, or was acked by a hub that was put back; the hub knows. */
function checkMissing(
  missing: readonly Committed[],
  { storage, hub, done, mayShed, problems }: Omit<Site, 'ledger'> & { problems: string[] },
): void {
  const { outbox } = storage;
  const givenUp = new Map<Lane, RangeSet>();
  for (const { lane, sequences, reason } of outbox.givenUp()) {
    // What is burned was never confirmed; of what was, only a declared policy may give something up.
    if (!mayShed || reason === 'burned') continue;
    const ranges = givenUp.get(lane) ?? new RangeSet();
    ranges.add(sequences);
    givenUp.set(lane, ranges);
  }
  const gaps = hub.store?.agents().flatMap((agent) => agent.gaps) ?? [];
  const lowest = new Map(outbox.state().lanes.map((lane) => [lane.lane, lane.lowest]));
  for (const segment of missing) {
    const { number, lane, sequence } = segment;
    const what = `segment ${number}, ${sequence} of lane ${lane},`;
    const isShed = givenUp.get(lane)?.has(sequence) ?? false;
    const wasAcked = done.hubRestored && sequence < (lowest.get(lane) ?? 0);
    if (!isShed && !wasAcked) problems.push(`${what} is lost`);
    else if (!gaps.some((gap) => gap.lane === laneNames[lane - 1] && gap.from <= sequence && sequence < gap.to))
      problems.push(`${what} is not at the hub, which shows no gap`);
  }
  if (!done.hubRestored && !done.edgeFailed) problems.push(...missesOfEarlierEpochs(gaps, outbox.state()));
  if (done.hubRestored || done.edgeRestored) return;
  const isMissing = new Set(missing.map(({ lane, sequence }) => `${laneNames[lane - 1]} ${sequence}`));
  for (const { lane, from, to, reason } of gaps) {
    const all = Array.from({ length: to - from }, (_, i) => from + i);
    if (!all.some((sequence) => isMissing.has(`${lane} ${sequence}`)))
      problems.push(`the hub shows a gap of ${from}..${to} (${reason}), of which nothing is missing`);
  }
  if (done.edgeCrashed || done.edgeFailed) return;
  const told = gaps.reduce((sum, { samples }) => sum + (samples ?? NaN), 0);
  const lacking = samplesOf(missing);
  if (told !== lacking) problems.push(`gaps tell of ${told} samples, ${lacking} are missing`);
}

/** A hub that was never put back had acked, or was told of, all that was there before the present epoch. */
function missesOfEarlierEpochs(gaps: readonly Gap[], { epoch: present, lanes }: OutboxState): string[] {
  const first = new Map<string, number>(lanes.map((window) => [laneNames[window.lane - 1], window.first]));
  return gaps
    .filter(({ epoch, lane, from, reason }) => epoch === present && reason === MISSING && from < (first.get(lane) ?? 0))
    .map(({ lane, from, to }) => `the hub misses ${from}..${to} of ${lane}, from before the present epoch`);
}

function checkCounts(of: {
  stored: readonly StoredRow[];
  missing: readonly Committed[];
  ledger: Ledger;
  storage: Storage;
  hub: Hub;
  done: Done;
  problems: string[];
}): void {
  const { stored, missing, ledger, storage, hub, done, problems } = of;
  const atHub = hub.store?.agents().at(0)?.acked;
  const lying = { samples: 0, segments: stored.length, bytes: 0 };
  for (const { samples, bytes } of stored) {
    lying.samples += samples;
    lying.bytes += bytes.length;
  }
  for (const name of ['samples', 'segments', 'bytes'] as const)
    if ((atHub?.[name] ?? 0) !== lying[name])
      problems.push(`the hub counts ${atHub?.[name]} ${name}, and stores ${lying[name]}`);

  // What a failed commit leaves of the record of acks is found out by the next ack of the same.
  if (done.edgeFailed) return;
  const { acked, damaged, refused, shed, samples: waiting } = storage.outbox.stats();
  const lost = [damaged, refused, shed.age, shed.disk, shed.quota].reduce((sum, { samples }) => sum + samples, 0);
  const all = samplesOf(ledger.committed);
  if (acked.samples + lost + waiting !== all)
    problems.push(`of ${all} samples the agent counts ${acked.samples} acked, ${lost} given up, ${waiting} waiting`);
  if (done.edgeCrashed || done.edgeRestored || done.hubRestored) return;
  const arrived = all - samplesOf(missing);
  if (acked.samples !== arrived) problems.push(`the agent counts ${acked.samples} samples acked, ${arrived} arrived`);
}

function samplesOf(segments: readonly Committed[]): number {
  return segments.reduce((sum, { number }) => sum + rowsOf(number), 0);
}
