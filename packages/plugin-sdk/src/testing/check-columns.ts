import { type Columns, Kind, kindNames, qualityNames, type SeriesTable } from '@sluis/protocol';

/** What is wrong with rows that an operator or a source has made, if anything is. */
export function faultOf(rows: Columns, series: SeriesTable): string | undefined {
  const { length, kind, integer, text, texts, revision } = rows;
  const columns = { series: rows.series, time: rows.time, value: rows.value, quality: rows.quality };
  for (const [name, column] of Object.entries({ ...columns, kind, integer, text, revision })) {
    if (column && column.length !== length) return `${length} rows, but ${column.length} entries in '${name}'`;
  }
  for (let row = 0; row < length; row++) {
    const at = (what: string): string => `row ${row}: ${what}`;
    if (rows.series[row] >= series.size)
      return at(`series ${rows.series[row]} is not in the table: context.series.intern gives ids`);
    if (!Number.isSafeInteger(rows.time[row])) return at(`time ${rows.time[row]} is not a whole number of µs`);
    if (rows.quality[row] >= qualityNames.length) return at(`there is no quality ${rows.quality[row]}`);
    const k = kind?.[row] ?? Kind.double;
    if (k >= kindNames.length) return at(`there is no kind ${k}`);
    if ((k === Kind.int64 || k === Kind.uint64) && !integer) return at(`${kindNames[k]} without 'integer'`);
    if (k === Kind.text && texts?.[text?.[row] ?? -1] === undefined) return at("text without an entry in 'texts'");
  }
  return undefined;
}
