import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../measure/rounds.ts';
import { others } from '../peers/index.ts';
import { lineOptions, type Load, type Measured, measure } from '../peers/measure.ts';
import { nodeRedFunction, nodeRedPalette } from '../peers/node-red/node-red.ts';
import type { Peer } from '../peers/peer.ts';
import { type Line, linesOf } from '../peers/reference.ts';
import { sluis } from '../peers/sluis/sluis.ts';
import type { Context, Figure, Result, Scenario } from '../scenario.ts';

/** Peers take turns, so that what else happens on the machine meets all of them. */
const ROUNDS = 3;
/** Between two of them, so that what one left to be written does not meet the next. */
const REST_MS = 500;
/** As a site sends: 1,000 series, ten samples a second each. */
const LIVE: Load = { rate: 10_000, warmSamples: 50_000, samples: 100_000 };
/** Of a peer's own rate, as when a backlog comes in. */
const WARM_SECONDS = 4;
const FAST_SECONDS = 8;

const own = [sluis, nodeRedPalette, nodeRedFunction] as const;

export const peers: Scenario = {
  name: 'peers',
  about: 'CPU of the same edge work in Sluis, in Node-RED, and in what else is on PATH',
  seconds: 330,
  missing: () => (process.platform === 'linux' ? undefined : 'CPU is read from /proc, which only Linux has'),
  run: runPeers,
};

async function runPeers({ folder, progress }: Context): Promise<Result> {
  const lines = linesOf(lineOptions);
  const setting = { lines, folder, progress };
  const live = new Map<Peer, Measured[]>(own.map((peer) => [peer, []]));
  const fast = new Map<Peer, Measured[]>(own.map((peer) => [peer, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const peer of own) {
      live.get(peer)?.push(await one(peer, LIVE, setting));
      fast.get(peer)?.push(await one(peer, fastLoad(peer.fast ?? LIVE.rate), setting));
    }
  }
  const notes: string[] = [];
  const found: Peer[] = [];
  for (const peer of others) {
    const why = peer.missing?.();
    if (why === undefined) found.push(peer);
    else notes.push(`${peer.name}: ${why}`);
  }
  for (const peer of found) {
    const measured = await tried(peer, setting, notes);
    if (measured) live.set(peer, [measured]);
  }
  return { figures: figuresOf(live, fast), notes: [...notesOf([...own, ...found]), ...notes] };
}

interface Run {
  readonly lines: readonly Line[];
  readonly folder: string;
  progress(text: string): void;
}

async function one(peer: Peer, load: Load, { lines, folder, progress }: Run): Promise<Measured> {
  const measured = await measure(peer, { load, lines, folder });
  progress(`${peer.name} at ${load.rate} samples/s: ${measured.edge.toFixed(2)} CPU-s/million`);
  await pause(REST_MS);
  return measured;
}

/** Whoever has it on PATH may have another version of it: what fails is told, and the others are measured all the same. */
async function tried(peer: Peer, run: Run, notes: string[]): Promise<Measured | undefined> {
  try {
    const measured = await one(peer, LIVE, run);
    const { right, received, expected } = measured.windows;
    notes.push(`${peer.name}: ${right} of ${expected} windows as the reference has them, ${received} received`);
    return measured;
  } catch (error) {
    notes.push(`${peer.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function fastLoad(rate: number): Load {
  return { rate, warmSamples: rate * WARM_SECONDS, samples: rate * FAST_SECONDS };
}

type Results = ReadonlyMap<Peer, readonly Measured[]>;

function of(results: Results, peer: Peer, what: (measured: Measured) => number): number {
  return median((results.get(peer) ?? []).map(what));
}

function figuresOf(live: Results, fast: Results): Figure[] {
  const edge = ({ edge }: Measured): number => edge;
  const peak = ({ peak }: Measured): number => peak;
  const hub = ({ receiver = 0 }: Measured): number => receiver;
  const beside = (results: Results, peer: Peer, what: string): Figure => ({
    what,
    value: of(results, sluis, edge),
    unit: 'CPU-s/million',
    better: 'lower',
    yardstick: { what: peer.name, value: of(results, peer, edge) },
  });
  const peers = [...live.keys()].filter((peer) => peer !== sluis);
  return [
    ...peers.map((peer) => beside(live, peer, `edge work at ${LIVE.rate} samples/s, against ${peer.name}`)),
    ...peers
      .filter((peer) => fast.has(peer))
      .map((peer) => beside(fast, peer, `edge work at ${sluis.fast} samples/s, against ${peer.name} at ${peer.fast}`)),
    ...peers.map((peer): Figure => ({
      what: `peak memory of the edge at ${LIVE.rate} samples/s, against ${peer.name}`,
      value: of(live, sluis, peak),
      unit: 'MB',
      better: 'lower',
      yardstick: { what: peer.name, value: of(live, peer, peak) },
    })),
    {
      what: `the hub beside the agent at ${LIVE.rate} samples/s`,
      value: of(live, sluis, hub),
      unit: 'CPU-s/million',
      better: 'lower',
    },
    {
      what: `the hub beside the agent at ${sluis.fast} samples/s`,
      value: of(fast, sluis, hub),
      unit: 'CPU-s/million',
      better: 'lower',
    },
  ];
}

function notesOf(measured: readonly Peer[]): string[] {
  return [
    `Each takes the same lines over TCP, keeps every sample on its disk and sends it to a receiver, and does the same with windows of 10 s over value < 500 and a deadband of 0.05, of ${lineOptions.series} series. Samples and windows that are received are compared with a reference.`,
    `CPU of all its processes, from when the receiver has the warm-up until it has everything; medians of ${ROUNDS} rounds in turns. Memory: the sum of the processes’ peaks, start included.`,
    ...measured.map(({ name, about }) => `${name}: ${about.join('; ')}.`),
  ];
}
