import { describe, UserError } from '@sluis/runtime';
import { readFileSync } from 'node:fs';
import { ratioOf } from '../report/numbers.ts';
import type { Figure } from '../scenario.ts';
import type { Machine } from './machine.ts';
import { FORMAT, type Outcome, type Report } from './outcome.ts';

export interface Change {
  readonly scenario: string;
  readonly what: string;
  /** A ratio to a yardstick of the same run says more than a value: what slows the machine down meets both. */
  readonly of: 'ratio' | 'value';
  readonly before: number;
  readonly now: number;
  readonly percent: number;
  /** By which the figure is better; below 0, worse. */
  readonly betterPercent: number;
  /** By which both may differ though nothing has changed; infinite where nothing can be said. */
  readonly noisePercent: number;
}

/** Two runs of one commit on an idle machine differ by as much in what is measured once, over seconds. */
const ONCE_PERCENT = 10;
/** And by as much at least in what has rounds: a process compiles and lies in memory as it happens to. */
const LEAST_PERCENT = 5;

export interface Comparison {
  /** What of the machine is different, as `Node 26.10.0 → 26.11.0`, and what else it had to do. */
  readonly differences: readonly string[];
  readonly changes: readonly Change[];
  /** Figures of scenarios that ran now and have no counterpart. */
  readonly added: readonly string[];
  /** Figures that the same scenarios had before and no longer have. */
  readonly gone: readonly string[];
}

type Compared = Pick<Report, 'machine' | 'load' | 'outcomes'>;

/** Before a run, with nothing of its own: from so many processes on that run or wait, others take its time. */
const BUSY = 1;

/** Reads what `--json` wrote. Throws a UserError if the file is none of that. */
export function readReport(path: string): Report {
  const report = parsed(path);
  if (isReport(report)) return report;
  throw new UserError({ what: `${path} was not written by --json`, hint: `its format would be ${FORMAT}` });
}

/** What a comparison reads of it. */
function isReport(value: unknown): value is Report {
  const { format, machine, load, outcomes } = (value ?? {}) as { [key in keyof Report]?: unknown };
  if (format !== FORMAT || !isRecord(machine) || !isRecord(machine.disk) || !Array.isArray(outcomes)) return false;
  if (!isRecord(load) || !Array.isArray(load.before) || !Number.isFinite(load.before[0])) return false;
  return outcomes.every(
    (outcome) => isRecord(outcome) && (outcome.status !== 'measured' || hasFigures(outcome.result)),
  );
}

function hasFigures(result: unknown): boolean {
  if (!isRecord(result) || !Array.isArray(result.figures)) return false;
  return result.figures.every((figure) => isRecord(figure) && Number.isFinite(figure.value));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UserError({ what: `cannot read ${path}: ${describe(cause)}`, cause });
  }
}

export function compare(before: Compared, now: Compared): Comparison {
  const ran = new Set(now.outcomes.filter(({ status }) => status === 'measured').map(({ name }) => name));
  const old = figuresOf(before.outcomes.filter(({ name }) => ran.has(name)));
  const current = figuresOf(now.outcomes);
  const differences = [...differencesOf(before.machine, now.machine), ...loadOf(before, now)];
  const alike = differences.length === 0;
  return {
    differences,
    changes: [...current].flatMap(([key, { scenario, figure }]) => {
      const was = old.get(key);
      return was ? [changeOf(scenario, was.figure, figure, alike)] : [];
    }),
    added: [...current.keys()].filter((key) => !old.has(key)),
    gone: [...old.keys()].filter((key) => !current.has(key)),
  };
}

function changeOf(scenario: string, was: Figure, is: Figure, alike: boolean): Change {
  const [oldRatio, newRatio] = [ratioOf(was), ratioOf(is)];
  const byRatio = oldRatio !== undefined && newRatio !== undefined;
  const [before, now] = byRatio ? [oldRatio, newRatio] : [was.value, is.value];
  // From 0 to anything there is no percentage: what was free is as bad as twice by each unit.
  const percent = before === 0 ? (now === 0 ? 0 : 100) : (now / before - 1) * 100;
  const betterPercent = is.better === 'higher' ? percent : -percent;
  const noisePercent = Math.max(...[was, is].map((figure) => noiseOf(figure, { byRatio, alike })));
  return {
    scenario,
    what: is.what,
    of: byRatio ? 'ratio' : 'value',
    before,
    now,
    percent,
    betterPercent,
    noisePercent,
  };
}

/** On another machine, or a busy one, only rounds in turns with those of a yardstick say anything, and what is counted. */
function noiseOf({ spread, yardstick }: Figure, { byRatio, alike }: { byRatio: boolean; alike: boolean }): number {
  const spreads = byRatio ? [spread, yardstick?.spread] : [spread];
  if (spreads.every((one) => one === 0)) return 0;
  if (!alike && (!byRatio || spreads.includes(undefined))) return Infinity;
  if (spreads.includes(undefined)) return ONCE_PERCENT;
  return Math.max(LEAST_PERCENT, 100 * spreads.reduce<number>((sum, one = 0) => sum + one, 0));
}

/** Undefined: within the noise. */
export function movedTo({ betterPercent, noisePercent }: Change): 'better' | 'worse' | undefined {
  if (Math.abs(betterPercent) <= noisePercent) return undefined;
  return betterPercent > 0 ? 'better' : 'worse';
}

/** By their units too: what is now told in another one is not the same figure. */
function figuresOf(outcomes: readonly Outcome[]): Map<string, { scenario: string; figure: Figure }> {
  return new Map(
    outcomes.flatMap((outcome) =>
      outcome.status === 'measured'
        ? outcome.result.figures.map(
            (figure) =>
              [`${outcome.name}: ${figure.what}, ${figure.unit}`, { scenario: outcome.name, figure }] as const,
          )
        : [],
    ),
  );
}

function loadOf(before: Compared, now: Compared): string[] {
  const [old, current] = [before, now].map(({ load }) => load.before[0]);
  return Math.max(old, current) < BUSY ? [] : [`load ${old.toFixed(1)} → ${current.toFixed(1)}`];
}

function differencesOf(before: Machine, now: Machine): string[] {
  const facts = ({ cpu, cores, memoryBytes, kernel, disk, node }: Machine): Record<string, string> => ({
    CPU: cpu,
    cores: String(cores),
    'GiB of memory': (memoryBytes / 2 ** 30).toFixed(0),
    kernel,
    'file system': `${disk.fileSystem} on ${disk.device}`,
    Node: node,
  });
  const [old, current] = [facts(before), facts(now)];
  return Object.keys(current)
    .filter((fact) => old[fact] !== current[fact])
    .map((fact) => `${fact} ${old[fact]} → ${current[fact]}`);
}
