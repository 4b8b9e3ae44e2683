import { BatchBuilder } from '@sluis/protocol';
import { type ProbeContext, type SourceContext, defineSource } from '@sluis/plugin-sdk';
import { arrivals } from '../file/arrivals.ts';
import { FileSource } from '../file/file-source.ts';
import { LocalTime } from '../file/local-time.ts';
import { fileProbe, outline, type StartFault } from '../file/outline.ts';
import { MAX_RECORD_BYTES, type RecordFile } from '../file/record-reader.ts';
import { SeriesTemplate } from '../file/series-template.ts';
import { TimeReader } from '../file/time-reader.ts';
import { type CsvConfig, csvConfig } from './config.ts';
import { CsvReader, type CsvReaderOptions } from './csv-reader.ts';

/** What readers need of a source's context. */
type ReaderContext = Pick<SourceContext<CsvConfig>, 'config' | 'site' | 'reject' | 'now'> &
  Pick<CsvReaderOptions, 'series'>;

/** Makes readers as the configuration of a source says. */
export function csvReaders(context: ReaderContext): (rows: BatchBuilder) => (file: RecordFile) => CsvReader {
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

/** Whether the header has the columns that the configuration names: reads it as the source does. */
function headerFault(context: ProbeContext<CsvConfig>): StartFault {
  const readers = csvReaders({ ...context, series: { intern: () => 0 }, reject: () => {}, now: () => 0 });
  const readerOf = readers(new BatchBuilder());
  return (file, bytes) => {
    const start = readerOf(file).readStart(bytes, bytes.length < MAX_RECORD_BYTES ? 'more' : 'too much');
    return typeof start === 'object' ? start.fault : undefined;
  };
}

/** Files of comma-separated values (RFC 4180), followed as they grow. */
export const csv = defineSource({
  type: 'csv',
  version: 1,
  summary: 'Lines of comma-separated values, appended to a file.',
  config: csvConfig,
  outline,
  probe: (context) => fileProbe(context, headerFault(context)),
  create: (context) => new FileSource(context, csvReaders(context)),
});
