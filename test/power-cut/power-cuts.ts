import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acknowledgedAt, materialise, type PowerCut } from './disk.ts';
import type { DiskEvent } from './disk-event.ts';
import { shrinkCut } from './shrink-cut.ts';

export interface PowerCutTest {
  readonly events: readonly DiskEvent[];
  readonly cuts: Iterable<NamedCut>;
  /** Throws unless the folder, as the cut left it, keeps all that the lines acknowledged. May change it. */
  verify(folder: string, acknowledged: readonly string[]): void | Promise<void>;
  /** False: the cut that fails is not made simpler. */
  readonly simplify?: boolean;
}

export interface NamedCut {
  /** Options of run.ts that repeat it. */
  readonly name: string;
  readonly cut: PowerCut;
}

export interface Outcome {
  /** Cuts that were tried. */
  readonly tried: number;
  /** The last of them, if it failed. */
  readonly failure: Failure | undefined;
}

export interface Failure extends NamedCut {
  readonly error: unknown;
}

/** Opens what each cut leaves, up to the first that fails. */
export async function powerCuts({ events, cuts, verify, simplify = true }: PowerCutTest): Promise<Outcome> {
  const memory = '/dev/shm';
  const base = realpathSync(mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'sluis-power-cut-')));
  const attempt = async (cut: PowerCut): Promise<{ error: unknown } | undefined> => {
    const disk = join(base, 'disk');
    mkdirSync(disk);
    materialise(events, cut, disk);
    try {
      await verify(join(disk, 'data'), acknowledgedAt(events, cut.at));
      return undefined;
    } catch (error) {
      return { error };
    } finally {
      rmSync(disk, { recursive: true });
    }
  };
  try {
    let tried = 0;
    for (const { name, cut } of cuts) {
      tried++;
      const failed = await attempt(cut);
      if (!failed) continue;
      const failing = { cut, ...failed };
      return { tried, failure: { name, ...(simplify ? await shrinkCut(events, failing, attempt) : failing) } };
    }
    return { tried, failure: undefined };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
