import type { BatchBuilder } from '@sluis/protocol';
import { type SourceContext, defineSource } from '@sluis/plugin-sdk';
import { arrivals } from '../file/arrivals.ts';
import { FileSource } from '../file/file-source.ts';
import { LocalTime } from '../file/local-time.ts';
import { outline, probe } from '../file/outline.ts';
import type { RecordFile } from '../file/record-reader.ts';
import { SeriesTemplate } from '../file/series-template.ts';
import { TimeReader } from '../file/time-reader.ts';
import { type CsvConfig, csvConfig } from './config.ts';
import { CsvReader } from './csv-reader.ts';

/** Makes readers as the configuration of a source says. */
export function csvReaders(context: SourceContext<CsvConfig>): (rows: BatchBuilder) => (file: RecordFile) => CsvReader {
  const { time, unit, zone, series, delimiter, decimal } = context.config;
  const local = zone === undefined ? undefined : new LocalTime(zone);
  const template = new SeriesTemplate(context.site, series);
  const arrival = arrivals(() => context.now());
  return (rows) => (file) => {
    return new CsvReader(file, {
      series: context.series,
      rows,
      reject: (...args) => context.reject(...args),
      template,
      delimiter,
      decimal,
      time: time === undefined ? undefined : { column: time, reader: new TimeReader({ unit, local }) },
      arrival,
    });
  };
}

/** Files of comma-separated values (RFC 4180), followed as they grow. */
export const csv = defineSource<CsvConfig>({
  type: 'csv',
  version: 1,
  config: csvConfig,
  outline,
  probe,
  create: (context) => new FileSource(context, csvReaders(context)),
});
