import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../e2e/random.ts';
import { acknowledgedAt, type DiskModel, materialise, type PowerCut } from './disk.ts';
import type { DiskEvent } from './disk-event.ts';
import { drawCut, nothingLanded } from './draw-cut.ts';
import { shrinkCut } from './shrink-cut.ts';

export interface PowerCutTest {
  readonly events: readonly DiskEvent[];
  /** Throws unless the folder, as a power cut left it, keeps all that the lines acknowledged. May change it. */
  verify(folder: string, acknowledged: readonly string[]): void | Promise<void>;
  readonly seed: number;
  /** Which states of all that the seed gives: 0 to `states`, or this one. */
  readonly states: number;
  readonly only?: number;
}

export interface Failure {
  readonly state: number;
  readonly cut: PowerCut;
  readonly error: unknown;
}

const models: readonly DiskModel[] = ['ordered', 'strict'];

/** Opens what power cuts leave, one state after the other, up to the first that fails: that one is made simpler. */
export async function powerCuts(test: PowerCutTest): Promise<Failure | undefined> {
  const memory = '/dev/shm';
  const base = realpathSync(mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'sluis-power-cut-')));
  try {
    const attempt = async (cut: PowerCut): Promise<{ error: unknown } | undefined> => {
      const disk = join(base, 'disk');
      mkdirSync(disk);
      materialise(test.events, cut, disk);
      try {
        await test.verify(join(disk, 'data'), acknowledgedAt(test.events, cut.at));
        return undefined;
      } catch (error) {
        return { error };
      } finally {
        rmSync(disk, { recursive: true });
      }
    };
    const from = test.only ?? 0;
    const to = test.only === undefined ? test.states : from + 1;
    for (let state = from; state < to; state++) {
      const cut = cutOf(test, state);
      const failure = await attempt(cut);
      if (!failure) continue;
      return { state, ...(await shrinkCut(test.events, { cut, ...failure }, attempt)) };
    }
    return undefined;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/**
 * Of four states one has lost all that was pending, at moments after an acknowledgement or around a sync, in turn;
 * the others are drawn, at any moment.
 */
export function cutOf({ events, seed }: Pick<PowerCutTest, 'events' | 'seed'>, state: number): PowerCut {
  const random = new Random(seed * 1_000_003 + state);
  const model = models[state % 2];
  const moments = momentsOf(events);
  const turn = Math.floor(state / 8) * 2 + (state % 2);
  if (state % 8 < 2) return nothingLanded(events, moments[turn % moments.length], model);
  const at = random.next() < 0.5 ? moments[random.whole(0, moments.length)] : random.whole(0, events.length + 1);
  return drawCut(events, at, model, random);
}

/** After acknowledgements, and before and after syncs. */
function momentsOf(events: readonly DiskEvent[]): number[] {
  const moments = new Set<number>([events.length]);
  for (const [i, { kind }] of events.entries()) {
    if (kind === 'acknowledgement' || kind === 'sync') moments.add(i + 1);
    if (kind === 'sync') moments.add(i);
  }
  return [...moments];
}
