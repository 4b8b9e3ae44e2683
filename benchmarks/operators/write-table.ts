import '@sluis/runtime/require-node';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ratioOf, short } from '../report/numbers.ts';
import { readReport } from '../run/against.ts';
import type { Report } from '../run/outcome.ts';
import { LOOP } from './measure.ts';

const page = join(import.meta.dirname, '../../docs/performance.md');
const BEGIN = '<!-- The table of operators: `node benchmarks/operators/write-table.ts REPORT` writes it. -->';
const END = '<!-- End of the table of operators. -->';

/** Writes the operators' figures of `bench stream --json REPORT` into the page about performance: of a commit that others have, unless `--dirty`. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { dirty: { type: 'boolean', default: false } },
});
const [path] = positionals;
if (path === undefined) throw new Error('give the report: node benchmarks/operators/write-table.ts REPORT');
const report = readReport(path);
if (report.machine.commit?.endsWith('+') && !values.dirty) {
  throw new Error(
    `${path} is of ${report.machine.commit}, with changes that are in no commit: --dirty writes it all the same`,
  );
}
const text = readFileSync(page, 'utf8');
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin === -1 || end < begin) throw new Error(`${page} has no place for the table`);
writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n\n${tableOf(report)}\n\n${text.slice(end)}`);

function tableOf({ date, machine, load, outcomes }: Report): string {
  const figures = outcomes
    .flatMap((outcome) => (outcome.status === 'measured' ? outcome.result.figures : []))
    .filter(({ yardstick }) => yardstick?.what === LOOP);
  const rows = figures.map((figure) => {
    const times = 1 / (ratioOf(figure) ?? Number.NaN);
    const cells = [figure.what, short(figure.value), short(figure.yardstick?.value ?? Number.NaN)];
    return `| ${cells.join(' | ')} | ${times.toFixed(1)} ×${times > 4 ? ', missed' : ''} |`;
  });
  const facts = `${machine.cores} cores of ${machine.cpu}, Node ${machine.node}`;
  const loads = `load ${load.before[0].toFixed(1)} before and ${load.after[0].toFixed(1)} after`;
  return [
    '| operator | samples/s | its loop | takes (≤ 4 ×) |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
    '',
    `Measured on ${date.slice(0, 10)}: ${facts}, commit ${commitOf(machine.commit)}, ${loads}.`,
  ].join('\n');
}

function commitOf(commit = 'unknown'): string {
  return commit.endsWith('+') ? `${commit.slice(0, -1)} with changes that were in no commit` : commit;
}
