import { setTimeout as pause } from 'node:timers/promises';
import { median, spreadOf } from '../measure/rounds.ts';
import { missingProc } from '../load/processes.ts';
import { others } from '../peers/index.ts';
import { lineOptions, type Load, type Measured, measure } from '../peers/measure.ts';
import { nodeRedFunction, nodeRedPalette } from '../peers/node-red/node-red.ts';
import type { Peer } from '../peers/peer.ts';
import { type Line, linesOf } from '../peers/reference.ts';
import { sluis } from '../peers/sluis/sluis.ts';
import type { Context, Figure, Plot, Result, Scenario } from '../scenario.ts';

/** Peers take turns, so that what else happens on the machine meets all of them. */
const ROUNDS = 3;
/** Between two of them, so that what one left to be written does not meet the next. */
const REST_MS = 500;
/** As a site sends: 1,000 series, ten samples a second each. */
const LIVE: Load = { rate: 10_000, warmSamples: 50_000, samples: 100_000 };
/** Of a peer's own rate, as when a backlog comes in. */
const WARM_SECONDS = 4;
const FAST_SECONDS = 8;

const own: readonly Peer[] = [sluis, nodeRedPalette, nodeRedFunction];

export const peers: Scenario = {
  name: 'peers',
  about: 'CPU of the same edge work in Sluis, in Node-RED, and in what else is on PATH',
  seconds: 330,
  missing: missingProc,
  run: runPeers,
};

async function runPeers({ folder, progress }: Context): Promise<Result> {
  const lines = linesOf(lineOptions);
  const run = { lines, folder, progress };
  const notes = others.flatMap(({ name, missing }) => {
    const why = missing?.();
    return why === undefined ? [] : [`${name}: ${why}`];
  });
  const taking = new Set<Peer>([...own, ...others.filter((peer) => peer.missing?.() === undefined)]);
  const live: Results = new Map();
  const fast: Results = new Map();
  for (let round = 1; round <= ROUNDS; round++) {
    for (const peer of taking) {
      try {
        add(live, peer, await one(peer, LIVE, run));
        if (peer.fast !== undefined) add(fast, peer, await one(peer, fastLoad(peer.fast), run));
      } catch (error) {
        if (own.includes(peer)) throw error;
        // Whoever has it on PATH may have another version of it: what fails is told, and the others are measured all the same.
        notes.push(`${peer.name} failed: ${error instanceof Error ? error.message : String(error)}`);
        taking.delete(peer);
        live.delete(peer);
      }
    }
  }
  notes.push(...others.filter((peer) => live.has(peer)).map((peer) => windowsNote(peer, live)));
  return {
    figures: figuresOf(live, fast),
    plots: plotsOf(live, fast),
    notes: [...notesOf([...live.keys()]), ...notes],
  };
}

interface Run {
  readonly lines: readonly Line[];
  readonly folder: string;
  progress(text: string): void;
}

/** Of each round. */
type Results = Map<Peer, Measured[]>;

function add(results: Results, peer: Peer, measured: Measured): void {
  results.set(peer, [...(results.get(peer) ?? []), measured]);
}

async function one(peer: Peer, load: Load, { lines, folder, progress }: Run): Promise<Measured> {
  const measured = await measure(peer, { load, lines, folder });
  progress(`${peer.name} at ${load.rate} samples/s: ${measured.edge.toFixed(2)} CPU-s/million`);
  await pause(REST_MS);
  return measured;
}

function windowsNote(peer: Peer, live: Results): string {
  const rounds = (live.get(peer) ?? []).map(
    ({ windows: { right, received, expected } }) => `${right} of ${expected} (${received} received)`,
  );
  return `${peer.name}: windows as the reference has them, by round: ${rounds.join(', ')}`;
}

function fastLoad(rate: number): Load {
  return { rate, warmSamples: rate * WARM_SECONDS, samples: rate * FAST_SECONDS };
}

function of(results: Results, peer: Peer, what: (measured: Measured) => number): { value: number; spread: number } {
  const values = (results.get(peer) ?? []).map(what);
  return { value: median(values), spread: spreadOf(values) };
}

function figuresOf(live: Results, fast: Results): Figure[] {
  const edge = ({ edge }: Measured): number => edge;
  const peak = ({ peak }: Measured): number => peak;
  const hub = ({ receiver = 0 }: Measured): number => receiver;
  const beside = (results: Results, peer: Peer, what: string): Figure => ({
    what,
    ...of(results, sluis, edge),
    unit: 'CPU-s/million',
    better: 'lower',
    yardstick: { what: peer.name, ...of(results, peer, edge) },
  });
  const peers = [...live.keys()].filter((peer) => peer !== sluis);
  return [
    ...peers.map((peer) => beside(live, peer, `edge work at ${LIVE.rate} samples/s, against ${peer.name}`)),
    ...peers
      .filter((peer) => fast.has(peer))
      .map((peer) => beside(fast, peer, `edge work at ${sluis.fast} samples/s, against ${peer.name} at ${peer.fast}`)),
    ...peers.map((peer): Figure => ({
      what: `peak memory of the edge at ${LIVE.rate} samples/s, against ${peer.name}`,
      ...of(live, sluis, peak),
      unit: 'MB',
      better: 'lower',
      yardstick: { what: peer.name, ...of(live, peer, peak) },
    })),
    {
      what: `the hub beside the agent at ${LIVE.rate} samples/s`,
      ...of(live, sluis, hub),
      unit: 'CPU-s/million',
      better: 'lower',
    },
    {
      what: `the hub beside the agent at ${sluis.fast} samples/s`,
      ...of(fast, sluis, hub),
      unit: 'CPU-s/million',
      better: 'lower',
    },
  ];
}

/** What is received of the first round, and what each round cost. */
function plotsOf(live: Results, fast: Results): Plot[] {
  const pace = (title: string, results: Results): Plot => ({
    title,
    kind: 'line',
    x: { label: 'seconds' },
    y: { label: 'samples/s' },
    lines: [...results].map(([{ name }, [first]]) => ({ name, points: first.pace })),
  });
  const cost = (title: string, results: Results): Plot => ({
    title,
    kind: 'bars',
    x: { label: 'round' },
    y: { label: 'CPU-s/million' },
    lines: [...results].map(([{ name }, rounds]) => ({
      name,
      points: rounds.map(({ edge }, i) => [i + 1, edge] as const),
    })),
  });
  return [
    cost(`CPU of the edge at ${LIVE.rate} samples/s`, live),
    cost('CPU of the edge, each at its own rate', fast),
    pace(`Received at ${LIVE.rate} samples/s`, live),
    pace('Received, each at its own rate', fast),
  ];
}

function notesOf(measured: readonly Peer[]): string[] {
  return [
    `Each takes the same lines over TCP, keeps every sample on its disk and sends it to a receiver, and does the same with windows of 10 s over value < 500 and a deadband of 0.05, of ${lineOptions.series} series. Samples and windows that are received are compared with a reference.`,
    `CPU of all its processes, from when the receiver has the warm-up until it has everything; medians of ${ROUNDS} rounds in turns, the same number with the same warm-up for what was found on PATH, which takes part at ${LIVE.rate} samples/s only: how much it takes for long is not known. Memory: the sum of the processes’ peaks, start included.`,
    ...measured.map(({ name, about }) => `${name}: ${about.join('; ')}.`),
  ];
}
