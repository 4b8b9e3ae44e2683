import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { postLines, type Sample, Sent } from '../../e2e/load.ts';
import { Random } from '../../e2e/random.ts';
import type { Fault } from '../fault.ts';
import { roundsOf } from '../outcome.ts';
import { areUp } from '../what-is-down.ts';
import { day, PRESSES } from './day.ts';
import { KilledSite } from './killed-site.ts';
import { statefulStreams } from './stateful-streams.ts';
import { MOST_FINDINGS, type StoredDifferences, storedDifferences } from './stored-differences.ts';
import { revisionDifferences, storedRevisions } from './stored-revisions.ts';

/*
 * An agent whose streams have every stateful operator is killed again and again while a day of samples comes in, and at its end
 * the hub must have what one has that was never killed. Results follow from the journal alone, whose ticks are the only
 * clock: so the other agent is one that goes through the same journal, from its first entry on and in one go.
 *
 * Everything that is stored must be equal, bit by bit: of each series and time what counts in the end, alarms among it, and its revision. What
 * may differ is not stored: how results are cut into segments, and counters since the start. Ticks go on after
 * the input has ended, at other times in each agent: idle timeouts are so short that they are over when it is compared,
 * and nothing else may still change then.
 */

export interface KillOperatorsOptions {
  readonly folder: string;
  readonly seed: number;
  readonly kills: number;
  /** About how many are sent. */
  readonly samples: number;
  /** Of one press, and an oven: it takes less time. */
  readonly isShort?: boolean;
  /** As agent.yaml has it: with a smaller one there are more snapshots. */
  readonly journalQuota: string;
  progress(text: string): void;
}

export interface KillOperatorsOutcome extends StoredDifferences {
  readonly acknowledged: number;
  /** Bodies that were sent again. */
  readonly repeats: number;
  /** Results that were revised, and those of them that have another revision. */
  readonly revised: number;
  readonly otherRevisions: number;
  /** Agent and hub were up in the end. */
  readonly recovered: boolean;
  /** Kills that came right after a snapshot. */
  readonly afterSnapshots: number;
}

const HOUR_US = 3_600_000_000;
const SAMPLES_PER_BODY = 200;
/** How often (ms) it is looked whether it is time for a kill. */
const LOOK_MS = 3;
/** Ticks (µs) after which idle timeouts are over. */
const QUIET_US = 4_000_000;
const TICK_US = 1_000_000;
/** A busy machine is not a program that hangs. */
const SETTLED_MS = 180_000;

export async function tryKillOperators(options: KillOperatorsOptions): Promise<KillOperatorsOutcome> {
  const { folder, seed, kills, samples, isShort = false, journalQuota, progress } = options;
  const random = new Random(seed);
  await using killed = await KilledSite.open(join(folder, 'killed'), { journalQuota });
  await using undisturbed = await KilledSite.open(join(folder, 'undisturbed'), { journalQuota });
  await Promise.all([killed.start(), undisturbed.hub.start()]);

  // Two days ago: no sample is ahead of the agent's clock, but those that are meant to be.
  const start = Math.floor(Date.now() / 86_400_000 - 2) * 24 * HOUR_US;
  const input = [
    ...day({ random: new Random(seed + 1), start, samples, presses: isShort ? PRESSES.slice(0, 1) : PRESSES }),
  ];
  const load = new Load(killed.linesUrl, input);

  let afterSnapshots = 0;
  for (let kill = 0; kill < kills; kill++) {
    const share = (of: number): number => Math.floor(((kill + of) / kills) * input.length);
    await load.reaches(share(random.next() * 0.5));
    const before = killed.newestSnapshot();
    const isSnapshotNew = (): boolean => killed.newestSnapshot() !== before;
    if (kill % 2 === 1) await load.reaches(share(0.9), isSnapshotNew);
    // None was due: one is left by an agent that is asked to stop.
    if (kill % 2 === 1 && !isSnapshotNew()) {
      await killed.agent.stop();
      await killed.agent.start();
    }
    if (isSnapshotNew()) afterSnapshots++;
    await killed.agent.kill();
    await killed.agent.start();
    progress(`kill ${kill + 1} of ${kills} after ${load.place} samples`);
  }
  const { acknowledged, repeats } = await load.done;
  const journaled = await killed.settled(Date.now() * 1000 + QUIET_US, SETTLED_MS);
  if (journaled < acknowledged.length) throw new Error('the journal has not all of the input: its quota is too small');
  const recovered = await areUp(killed.agent, killed.hub);
  await killed.agent.stop();
  progress('the killed one has come to its end');

  undisturbed.takeJournalOf(killed);
  await undisturbed.agent.start();
  await undisturbed.settled(Date.now() * 1000 + TICK_US, SETTLED_MS);
  progress('the undisturbed one, too');
  const differences = await storedDifferences(undisturbed.api, killed.api);
  progress('what both have is compared');
  await Promise.all([undisturbed.hub.stop(), killed.hub.stop()]);
  const expected = await storedRevisions(undisturbed.hubData);
  const revised = revisionDifferences(expected, await storedRevisions(killed.hubData));
  const findings = [...differences.findings, ...revised.slice(0, MOST_FINDINGS)];
  const counts = { acknowledged: acknowledged.length, repeats, afterSnapshots, revised: expected.size };
  return { ...differences, ...counts, findings, otherRevisions: revised.length, recovered };
}

/** Sends samples in order, each until it is acknowledged. */
class Load {
  place = 0;
  readonly done: Promise<Sent>;
  #failure: unknown;

  constructor(url: string, input: readonly Sample[]) {
    this.done = this.#send(url, input);
    this.done.catch((error: unknown) => (this.#failure = error));
  }

  /** Resolves when so many are sent, or earlier if `isEnough`. */
  async reaches(place: number, isEnough = (): boolean => false): Promise<void> {
    while (this.place < place && !isEnough()) {
      if (this.#failure !== undefined) throw new Error('the load broke off', { cause: this.#failure });
      await pause(LOOK_MS);
    }
  }

  async #send(url: string, input: readonly Sample[]): Promise<Sent> {
    const sent = new Sent();
    const end = new AbortController();
    const next = (): Sample => {
      const sample = input[this.place];
      // The last body is filled up with the last sample.
      if (this.place === input.length - 1) end.abort();
      else this.place++;
      return sample;
    };
    await postLines({ url, sent, samplesPerBody: SAMPLES_PER_BODY, restMs: 0, next }, end.signal);
    return sent;
  }
}

/** Streams that led to nothing: they show nothing of their operators. */
export function silentStreams({ series }: StoredDifferences): string[] {
  return Object.keys(statefulStreams('http')).filter((name) => !series.some((path) => path.startsWith(`lab/${name}/`)));
}

export const killOperators: Fault = {
  name: 'kill-operators',
  about:
    'SIGKILL of an agent with every stateful operator while a day of samples comes in, half of the times right after a snapshot; compared with an agent that was never killed',
  seconds: 120,
  async run({ folder, seed, share, progress }) {
    const kills = roundsOf(20, share);
    const samples = kills * 5_000;
    const outcome = await tryKillOperators({ folder, seed, kills, samples, journalQuota: '4MiB', progress });
    for (const finding of outcome.findings) console.error(`  ${finding}`);
    const silent = silentStreams(outcome);
    if (silent.length > 0) throw new Error(`these streams led to nothing: ${silent.join(', ')}`);
    const { acknowledged, missing, more, repeats, recovered, afterSnapshots, series, revised, otherRevisions } =
      outcome;
    const streams = Object.keys(statefulStreams('http')).length;
    const note = `${outcome.samples} results in ${series.length} series of ${streams} streams equal, and the revisions of ${revised} of them, ${afterSnapshots} kills right after a snapshot, ${repeats} bodies sent again`;
    return { rounds: kills, acknowledged, lost: missing, double: more + otherRevisions, recovered, note };
  },
};
