import { parseEpoch } from '../time.ts';

/** For tests: the samples of a whole CSV file with a column `t` of seconds, read in the plainest way. */
export function referenceSamples(text: string): { path: string; time: number; value: unknown }[] {
  const records = referenceRecords(text.replace(/^\uFEFF/, ''));
  const [names = [], ...rest] = records;
  return rest.flatMap((cells) => {
    if (cells.length !== names.length) return [];
    const time = parseEpoch(cells[names.indexOf('t')].trim().replace(',', '.'), 's');
    if (time === undefined) return [];
    return names.flatMap((name, i) => {
      const value = referenceValue(cells[i]);
      return name === 't' || value === undefined ? [] : [{ path: `lab/m/${name}`, time, value }];
    });
  });
}

function referenceValue(cell: string): unknown {
  const trimmed = cell.trim();
  if (trimmed === '') return undefined;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    return Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
  }
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return cell;
}

/** Cells of each record. Of what is no record the first line is left out, and reading goes on after it. */
function referenceRecords(text: string): string[][] {
  const records: string[][] = [];
  let rest = text;
  while (rest !== '') {
    const line = /^[^\n]*\n?/.exec(rest)?.[0] ?? '';
    const record = referenceRecord(rest);
    if (record && !(record.cells.length === 1 && /^\r?\n?$/.test(rest.slice(0, record.length))))
      records.push(record.cells);
    rest = rest.slice(record?.length ?? line.length);
  }
  return records;
}

function referenceRecord(text: string): { cells: string[]; length: number } | undefined {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(,|\r?\n|\r?$)/.exec(text.slice(at));
    const plain = /^(?!")([^,\n]*?)(,|\r?\n|\r?$)/.exec(text.slice(at));
    const cell = quoted ?? plain;
    if (!cell) return undefined;
    cells.push(quoted ? quoted[1].replaceAll('""', '"') : cell[1]);
    at += cell[0].length;
    if (cell[2] !== ',') return { cells, length: at };
  }
}
