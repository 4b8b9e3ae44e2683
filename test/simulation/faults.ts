import { Lane } from '@sluis/protocol';
import type { Random } from '../e2e/random.ts';
import type { Disk, Fate } from './disk.ts';
import type { Edge } from './edge.ts';
import type { Hub } from './hub.ts';
import { BEGINNING, type Ledger, type Mark } from './ledger.ts';
import type { Kind, Mix } from './mix.ts';
import type { Network } from './network.ts';
import type { Scenario } from './scenario.ts';
import type { Trace } from './trace.ts';
import type { Done } from './verify.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface World {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly network: Network;
  readonly edge: Edge;
  readonly hub: Hub;
  readonly disks: { readonly edge: Disk; readonly hub: Disk };
  readonly ledger: Ledger;
  readonly done: Done;
  /** How wrong the agent's clock is. */
  readonly skew: { us: number };
  readonly scenario: Scenario;
  readonly mix: Mix;
}

/** More than a tail that is sent in order: the live cursor jumps over it. */
const BURST_COMMITS = 40;
const BURST_SEGMENTS = 4;
/** A copy is at most so old when it is put back. */
const COPY_AGE_MS = 8_000;
const HOUR_US = 3600e6;

/** Draws the faults and the writes of a simulation, and has them happen in their time. */
export function planFaults(world: World) {
  const { disks, done, edge, hub, ledger, mix, network, random, scenario, skew, time, trace } = world;
  const { durationMs } = scenario;
  let ended = false;
  let copies: { edge?: { folder: string; mark: Mark }; hub?: string } = {};

  /** In the world's name, unless faults have ended. */
  const later = (ms: number, run: () => void): void => {
    time.after(
      ms,
      () => {
        if (!ended) run();
      },
      time.world,
    );
  };
  const say = (what: string): void => trace.add('fault', what);
  const between = (from: number, to: number): number => from + random.next() * (to - from);

  const startEdge = (): void => {
    if (!edge.isUp) edge.start();
  };
  const startHub = (): void => {
    if (!hub.isUp) hub.start();
  };
  const crashEdge = (forMs: number, meanwhile: () => void = () => undefined): void => {
    if (!edge.isUp) return;
    const silently = random.next() < 1 / 2;
    say(`the agent's machine stops for ${Math.round(forMs)} ms${silently ? ', silently' : ''}`);
    done.edgeCrashed = true;
    edge.crash();
    for (const connection of network.open) connection.endGone('edge', silently);
    meanwhile();
    later(forMs, startEdge);
  };
  const crashHub = ({ forMs }: { forMs: number }, meanwhile: () => void = () => undefined): void => {
    if (!hub.isUp) return;
    const silently = random.next() < 1 / 2;
    say(`the hub's machine stops for ${Math.round(forMs)} ms${silently ? ', silently' : ''}`);
    for (const connection of network.open) connection.endGone('hub', silently);
    hub.crash();
    meanwhile();
    if (ended) startHub();
    else later(forMs, startHub);
  };
  const reset = (): void => {
    for (const connection of network.open) connection.reset('reset');
  };
  const stall = (forMs: number): void => {
    say(`nothing arrives for ${Math.round(forMs)} ms`);
    for (const connection of network.open) connection.stall(time.now + forMs);
  };
  const failing = (fates: readonly Fate[]) => (): Fate => {
    return random.next() < 1 / 2 ? 'done' : fates[random.whole(0, fates.length)];
  };

  const lanes = (most: number, draw: typeof drawLane): Lane[] =>
    Array.from({ length: random.whole(1, most + 1) }, () => draw(random));
  const writeBurst = (commits: number, draw: typeof drawLane): void => {
    for (let i = 0; i < commits; i++) later(i * 30, () => edge.write(lanes(BURST_SEGMENTS, draw)));
  };

  const perform: Record<Kind, () => void> = {
    reset,
    stormOfResets() {
      for (let i = random.whole(3, 9); i > 0; i--) later(between(0, 3_000), reset);
    },
    shortStall: () => stall(between(200, 10_000)),
    longStall: () => stall(between(30_000, 60_000)),
    outage() {
      say('the hub cannot be reached');
      network.reachable = false;
      reset();
      later(between(500, 20_000), () => void (network.reachable = true));
    },
    slowLine() {
      const before = network.conditions;
      network.conditions = { ...before, bytesPerMs: between(0.5, 5) };
      say(`the line takes ${network.conditions.bytesPerMs.toFixed(1)} kB/s`);
      later(between(1_000, 20_000), () => void (network.conditions = before));
    },
    crashEdge: () => crashEdge(between(10, 8_000)),
    crashHub: () => crashHub({ forMs: between(10, 8_000) }),
    crashBoth() {
      crashEdge(between(10, 8_000));
      crashHub({ forMs: between(10, 8_000) });
    },
    restoreEdge() {
      const { edge: copy } = copies;
      if (!copy || !edge.isUp) return;
      crashEdge(between(10, 3_000), () => {
        say("the agent's folder is put back from a copy");
        done.edgeRestored = true;
        disks.edge.replace(copy.folder);
        ledger.undo(copy.mark);
      });
      if (random.next() < 1 / 2) return;
      // What it writes now comes as far as what it had written, before the hub can tell it so.
      network.reachable = false;
      later(3_000, () => writeBurst(random.whole(1, BURST_COMMITS), drawLane));
      later(5_000, () => void (network.reachable = true));
    },
    otherOutbox() {
      if (!edge.isUp) return;
      crashEdge(between(10, 3_000), () => {
        say("the agent's folder is lost");
        done.edgeRestored = true;
        disks.edge.replace(undefined);
        ledger.undo(BEGINNING);
        copies = { ...copies, edge: undefined };
      });
    },
    restoreHub() {
      const { hub: copy } = copies;
      if (copy === undefined || !hub.isUp) return;
      crashHub({ forMs: between(10, 3_000) }, () => {
        say("the hub's folder is put back from a copy");
        done.hubRestored = true;
        disks.hub.replace(copy);
      });
    },
    edgeDisk() {
      say("the agent's disk fails now and then");
      done.edgeFailed = true;
      disks.edge.fate = failing(['refused', 'full', 'in doubt']);
      later(between(500, 5_000), () => void (disks.edge.fate = () => 'done'));
    },
    hubDisk() {
      say("the hub's disk fails now and then");
      disks.hub.fate = failing(['refused', 'full', 'in doubt']);
      later(between(500, 5_000), () => void (disks.hub.fate = () => 'done'));
    },
    clockJump() {
      skew.us = Math.round(between(-1, 1) * HOUR_US);
      say(`the agent's clock is ${Math.round(skew.us / 1e6)} s wrong`);
    },
    burst() {
      say('much is written while the hub cannot be reached, and a slow line breaks again as that is sent');
      const before = network.conditions;
      network.conditions = { ...before, bytesPerMs: between(1, 8) };
      network.reachable = false;
      reset();
      writeBurst(random.whole(1, BURST_COMMITS), () => Lane.data);
      const back = between(1_000, 4_000);
      later(back, () => void (network.reachable = true));
      for (let i = random.whole(1, 4); i > 0; i--) later(back + between(500, 8_000), reset);
      later(back + 10_000, () => void (network.conditions = before));
    },
    repeats() {
      say('segments arrive twice');
      network.repeats = true;
      later(between(1_000, 10_000), () => void (network.repeats = false));
    },
  };

  const copyEdge = (): void => {
    if (!edge.isUp) return;
    copies.edge = { folder: disks.edge.copy(), mark: ledger.mark() };
    trace.add('world', "the agent's folder is copied");
  };
  const copyHub = (): void => {
    if (!hub.isUp) return;
    copies.hub = disks.hub.copy();
    trace.add('world', "the hub's folder is copied");
  };
  for (let i = 0; i < scenario.faults; i++) {
    const kind = drawKind(random, mix);
    const at = between(0.05, 1) * durationMs;
    later(at, perform[kind]);
    if (kind === 'restoreEdge') later(at - between(0, Math.min(at, COPY_AGE_MS)), copyEdge);
    if (kind === 'restoreHub') later(random.next() * at, copyHub);
  }

  const write = (): void => {
    edge.write(lanes(3, drawLane));
    later(between(0, 2) * scenario.writeEveryMs, write);
  };
  later(0, write);

  return {
    crashHub,
    /** Nothing is wrong from here on, and nothing more is written. */
    end(): void {
      ended = true;
      for (const disk of Object.values(disks)) disk.fate = () => 'done';
      network.reachable = true;
      network.repeats = false;
      network.conditions = scenario.conditions;
      startEdge();
      startHub();
    },
  };
}

function drawLane(random: Random): Lane {
  const draw = random.next();
  if (draw < 0.7) return Lane.data;
  return draw < 0.85 ? Lane.alarm : Lane.detail;
}

function drawKind(random: Random, { faults }: Mix): Kind {
  const entries = Object.entries(faults) as [Kind, number][];
  let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of entries) if ((left -= weight) < 0) return kind;
  return 'reset';
}
