import type { Outcome } from './fault.ts';
import type { Settled } from './settle.ts';

/** At least one. */
export function roundsOf(full: number, share: number): number {
  return Math.max(1, Math.round(full * share));
}

/** To the unit; 0 of none. */
export function median(values: readonly number[]): number {
  return Math.round(quantile(values, 0.5));
}

/** The value that this part of them is not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

/** Where nothing is damaged and no policy sheds, a gap that is reported is a loss all the same. */
export function shedIsLost({ lost, shed = 0, note, ...outcome }: Outcome): Outcome {
  const told = shed > 0 ? `of what is lost, ${shed} are reported as gaps` : undefined;
  const notes = [told, note].filter((one) => one !== undefined);
  return { ...outcome, lost: lost + shed, shed: 0, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

/** Of the rounds: a call that fails only sometimes, or a bit in bytes that nobody reads, may leave the others unharmed. */
const LEAST_STRUCK = 0.25;

/** @throws Error the fault happened in too few rounds to show anything */
export function mustHaveStruck(struck: number, total: number): void {
  const least = Math.ceil(total * LEAST_STRUCK);
  if (struck < least) throw new Error(`the fault happened in ${struck} of ${total} rounds, ${least} are the least`);
}

/** Of a test whose load passed after each round. */
export function outcomeOf(rounds: number, settled: Settled, ...notes: readonly string[]): Outcome {
  const { acknowledged, lost, double, shed, results, repeats, files, down, findings } = settled;
  for (const finding of [...findings, ...down]) console.error(`  ${finding}`);
  const books = [
    `${results} results of windows compared, ${repeats} bodies sent again`,
    `${files.written} files written meanwhile, ${files.merged} merges`,
  ];
  const recovered = down.length === 0;
  return { rounds, acknowledged, lost, double, shed, recovered, note: [...notes, ...books, ...down].join('; ') };
}
