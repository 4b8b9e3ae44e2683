import { type Change, type Comparison, movedTo } from '../run/against.ts';
import { type Outcome, unmeasuredOf } from '../run/outcome.ts';
import type { Figure, Unmeasured } from '../scenario.ts';
import { isMet, ratioOf, short, targetText } from './numbers.ts';

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
  const unmeasured = outcomes.flatMap((outcome) => unmeasuredOf(outcome).map(({ what }) => `${outcome.name}: ${what}`));
  return [
    `${met.filter(Boolean).length} of ${met.length + unmeasured.length} targets met`,
    ...(unmeasured.length > 0 ? [`not measured: ${unmeasured.join(' | ')}`] : []),
    ...(failed.length > 0 ? [`failed: ${failed.join(', ')}`] : []),
    ...(missing.length > 0 ? [`not run: ${missing.join(', ')}`] : []),
  ].join('; ');
}

function section(outcome: Outcome): string {
  const title = `${outcome.name}: ${outcome.about} (${outcome.seconds.toFixed(0)} s)`;
  if (outcome.status !== 'measured') {
    return `${title}\n  ${outcome.status === 'missing' ? 'not run' : 'FAILED'}: ${outcome.why}\n`;
  }
  const { figures, notes = [] } = outcome.result;
  const unmeasured = unmeasuredOf(outcome);
  const rows = aligned([header, ...figures.map(row), ...unmeasured.map(unmeasuredRow)]);
  const reasons = [...new Set(unmeasured.map(({ why }) => `not measured: ${why}`))];
  const said = [...reasons, ...notes].map((note) => `  · ${note}`);
  return `${[title, ...rows.map((line) => `  ${line}`), ...said].join('\n')}\n`;
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

function unmeasuredRow(unmeasured: Unmeasured): string[] {
  return [unmeasured.what, '', '', '', targetText(unmeasured), 'NOT MEASURED'];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
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
    percent(change.percent),
    noiseText(change),
    movedTo(change) ?? '',
  ]);
  return [
    ...(differences.length > 0
      ? [
          `Not the same machine, or not idle, so that only ratios of rounds and what is counted say something: ${differences.join('; ')}`,
        ]
      : []),
    ...aligned([['figure', 'of', 'before', 'now', 'change', 'noise', ''], ...rows]),
    ...added.map((key) => `new: ${key}`),
    ...gone.map((key) => `gone: ${key}`),
    movesOf(changes),
    '',
  ].join('\n');
}

export function noiseText({ noisePercent }: Change): string {
  if (noisePercent === 0) return 'none';
  return Number.isFinite(noisePercent) ? `± ${noisePercent.toFixed(0)} %` : 'not known';
}

/** One line: what moved by more than its noise. */
export function movesOf(changes: Comparison['changes']): string {
  const moved = changes.flatMap((change) => {
    const to = movedTo(change);
    return to === undefined ? [] : [`${change.scenario}: ${change.what} ${percent(change.percent)} (${to})`];
  });
  return moved.length === 0 ? 'Nothing moved beyond the noise.' : `Beyond the noise: ${moved.join('; ')}.`;
}

function percent(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(1)} %`;
}
