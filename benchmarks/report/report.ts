import { type Comparison, movedTo } from '../run/against.ts';
import type { Machine } from '../run/machine.ts';
import { type Outcome, type Report, unmeasuredOf } from '../run/outcome.ts';
import type { Figure, Unmeasured } from '../scenario.ts';
import { escape } from './escape.ts';
import { isMet, ratioOf, short, targetText } from './numbers.ts';
import { plotOf } from './plot.ts';
import { style } from './style.ts';
import { movesOf, noiseText, verdictOf } from './table.ts';

/** A page of its own: nothing in it comes from a network, and it runs no script. */
export function reportOf({ date, machine, load, outcomes }: Report, comparison?: Comparison): string {
  const loads = [load.before, load.after].map((means) => means[0].toFixed(2)).join(' before, ');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluis, measured ${escape(date.slice(0, 10))}</title><style>${style}</style></head><body>
<header><h1>Sluis, measured</h1><p class="verdict">${escape(verdictOf(outcomes))}</p>
<p>${escape(date.replace('T', ' ').slice(0, 16))} UTC · ${escape(factsOf(machine).join(' · '))} · load ${loads} after</p></header>
${outcomes.map(sectionOf).join('\n')}
${comparison ? changesOf(comparison) : ''}
${librariesOf(machine)}
</body></html>
`;
}

function factsOf({ cpu, cores, memoryBytes, kernel, disk, node, commit }: Machine): string[] {
  return [
    `${cores} cores of ${cpu}`,
    `${(memoryBytes / 2 ** 30).toFixed(0)} GiB`,
    `kernel ${kernel}`,
    `${disk.fileSystem} on ${disk.device}, fdatasync ${disk.fdatasyncMs.toFixed(2)} ms`,
    `Node ${node}`,
    ...(commit === undefined ? [] : [`commit ${commit}`]),
  ];
}

function sectionOf(outcome: Outcome): string {
  const head = `<h2>${escape(outcome.name)}</h2><p>${escape(outcome.about)} · ${outcome.seconds.toFixed(0)} s</p>`;
  if (outcome.status === 'missing') return `<section>${head}<p>Not run: ${escape(outcome.why)}</p></section>`;
  if (outcome.status === 'failed') return `<section>${head}<pre>Failed: ${escape(outcome.why)}</pre></section>`;
  const { figures, plots = [], notes = [] } = outcome.result;
  return `<section>${head}
${tableOf(['figure', 'value', 'yardstick', 'ratio', 'target', ''], [...figures.map(cellsOf), ...unmeasuredOf(outcome).map(unmeasuredCells)])}
${plots.length > 0 ? `<div class="plots">${plots.map(plotOf).join('\n')}</div>` : ''}
${notes.length > 0 ? `<ul class="notes">${notes.map((note) => `<li>${escape(note)}</li>`).join('')}</ul>` : ''}</section>`;
}

function cellsOf(figure: Figure): string[] {
  const { what, value, unit, yardstick } = figure;
  const ratio = ratioOf(figure);
  const met = isMet(figure);
  return [
    `<td>${escape(what)}</td>`,
    `<td class="number">${short(value)} <small>${escape(unit)}</small></td>`,
    `<td>${yardstick ? `${short(yardstick.value)} <small>${escape(yardstick.what)}</small>` : ''}</td>`,
    `<td class="number">${ratio === undefined ? '' : `${ratio.toFixed(2)} ×`}</td>`,
    `<td class="number">${escape(targetText(figure))}</td>`,
    met === undefined ? '<td></td>' : met ? '<td class="met">✓ met</td>' : '<td class="missed">✗ missed</td>',
  ];
}

function unmeasuredCells(unmeasured: Unmeasured): string[] {
  return [
    `<td>${escape(unmeasured.what)}</td>`,
    `<td colspan="3"><small>not measured: ${escape(unmeasured.why)}</small></td>`,
    `<td class="number">${escape(targetText(unmeasured))}</td>`,
    '<td class="missed">✗ not measured</td>',
  ];
}

function changesOf({ differences, changes, added, gone }: Comparison): string {
  const rows = changes.map((change) => {
    const { scenario, what, of, before, now, percent } = change;
    const moved = movedTo(change);
    const mark = moved === 'better' ? 'met' : 'missed';
    return [
      `<td>${escape(`${scenario}: ${what}`)}</td>`,
      `<td>${of}</td>`,
      `<td class="number">${short(before)}</td>`,
      `<td class="number">${short(now)}</td>`,
      `<td class="number">${percent.toFixed(1)} %</td>`,
      `<td class="number">${noiseText(change)}</td>`,
      moved === undefined ? '<td></td>' : `<td class="${mark}">${moved}</td>`,
    ];
  });
  const notes = [
    ...differences.map((difference) => `another machine, or not idle: ${difference}`),
    ...added.map((key) => `new: ${key}`),
    ...gone.map((key) => `gone: ${key}`),
  ];
  return `<section><h2>Since the earlier run</h2><p>${escape(movesOf(changes))}</p>
${tableOf(['figure', 'of', 'before', 'now', 'change', 'noise', ''], rows)}
<ul class="notes">${notes.map((note) => `<li>${escape(note)}</li>`).join('')}</ul></section>`;
}

function librariesOf({ libraries }: Machine): string {
  const list = Object.entries(libraries).map(([name, version]) => `${name} ${version}`);
  return `<section><h2>Libraries</h2><p>${escape(list.join(' · '))}</p></section>`;
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((text) => `<th>${text}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
