import { type Dropped, isSample, isTick, type Line, type Sample } from './sample.ts';
import { formatTime, formatValue, linesOf } from './text-form.ts';

/**
 * Samples as a table of Markdown, for documentation: a column for each of time, series, value and unit, and one for what is not
 * usual, if anything is. A tick is a row of its own.
 */
export function markdownTable(given: string | readonly Line[]): string {
  const rows = linesOf(given).map((line) =>
    isTick(line) ? [`tick ${formatTime(line.tick)}`, '', '', '', ''] : rowOf(line),
  );
  const used = ['time', 'series', 'value', 'unit', ''].map(
    (name, i) => name === 'time' || rows.some((row) => row[i] !== ''),
  );
  const head = ['time', 'series', 'value', 'unit', ''];
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.filter((_, i) => used[i]).join(' | ')} |`)
    .join('\n');
}

function rowOf(line: Sample | Dropped): string[] {
  const { time, series, unit } = line;
  const notes = isSample(line)
    ? [
        line.quality !== 'good' && line.quality,
        line.revision > 0 && `revision ${line.revision}`,
        line.lane !== 'data' && `${line.lane} lane`,
      ]
    : ['dropped before'];
  const value = isSample(line) ? formatValue(line) : '';
  return [formatTime(time), code(series), code(value), unit && code(unit), notes.filter(Boolean).join(', ')];
}

/** A bar would end the cell, and a line end the row. */
function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``;
}
