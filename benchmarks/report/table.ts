import type { Change, Comparison } from '../run/against.ts';
import type { Outcome } from '../run/outcome.ts';
import type { Figure } from '../scenario.ts';
import { isMet, ratioOf, short, targetText } from './numbers.ts';

/** Two runs on one idle machine differ by as much. */
const NOISE_PERCENT = 5;

const header = ['figure', 'value', 'yardstick', 'ratio', 'target', ''];

/** What a person reads in the terminal: each scenario with its figures beside their yardsticks. */
export function tableOf(outcomes: readonly Outcome[]): string {
  return outcomes.map(section).join('\n');
}

/** One line on top of nothing else: how many targets are met, and what went wrong. */
export function verdictOf(outcomes: readonly Outcome[]): string {
  const met = outcomes
    .flatMap((outcome) => (outcome.status === 'measured' ? outcome.result.figures : []))
    .map(isMet)
    .filter((one) => one !== undefined);
  const named = (status: Outcome['status']): string[] =>
    outcomes.filter((outcome) => outcome.status === status).map(({ name }) => name);
  const failed = named('failed');
  const missing = named('missing');
  return [
    `${met.filter(Boolean).length} of ${met.length} targets met`,
    ...(failed.length > 0 ? [`failed: ${failed.join(', ')}`] : []),
    ...(missing.length > 0 ? [`not run: ${missing.join(', ')}`] : []),
  ].join('; ');
}

export function isNoise({ betterPercent }: Change): boolean {
  return Math.abs(betterPercent) < NOISE_PERCENT;
}

function section(outcome: Outcome): string {
  const title = `${outcome.name}: ${outcome.about} (${outcome.seconds.toFixed(0)} s)`;
  if (outcome.status !== 'measured') {
    return `${title}\n  ${outcome.status === 'missing' ? 'not run' : 'FAILED'}: ${outcome.why}\n`;
  }
  const { figures, notes = [] } = outcome.result;
  const rows = aligned([header, ...figures.map(row)]);
  return `${[title, ...rows.map((line) => `  ${line}`), ...notes.map((note) => `  · ${note}`)].join('\n')}\n`;
}

function row(figure: Figure): string[] {
  const { what, value, unit, yardstick } = figure;
  const ratio = ratioOf(figure);
  const met = isMet(figure);
  return [
    what,
    `${short(value)} ${unit}`,
    yardstick ? `${short(yardstick.value)} ${yardstick.what}` : '',
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    targetText(figure),
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What became better or worse since an earlier run. */
export function changesOf({ differences, changes, added, gone }: Comparison): string {
  const rows = changes.map((change) => [
    `${change.scenario}: ${change.what}`,
    change.of,
    short(change.before),
    short(change.now),
    `${change.percent.toFixed(1)} %`,
    isNoise(change) ? '' : change.betterPercent > 0 ? 'better' : 'worse',
  ]);
  return [
    ...(differences.length > 0 ? [`Not the same machine, compare ratios only: ${differences.join('; ')}`] : []),
    ...aligned([['figure', 'of', 'before', 'now', 'change', ''], ...rows]),
    ...added.map((key) => `new: ${key}`),
    ...gone.map((key) => `gone: ${key}`),
    '',
  ].join('\n');
}
