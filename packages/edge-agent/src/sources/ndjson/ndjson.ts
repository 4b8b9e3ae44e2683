import type { BatchBuilder } from '@sluis/protocol';
import { type SourceContext, defineSource } from '@sluis/plugin-sdk';
import { arrivals } from '../file/arrivals.ts';
import { FileSource } from '../file/file-source.ts';
import { LocalTime } from '../file/local-time.ts';
import { fileProbe, outline } from '../file/outline.ts';
import type { RecordFile } from '../file/record-reader.ts';
import { SeriesTemplate } from '../file/series-template.ts';
import { TimeReader } from '../file/time-reader.ts';
import { JsonSamples } from '../json-samples.ts';
import { type NdjsonConfig, ndjsonConfig } from './config.ts';
import { NdjsonReader } from './ndjson-reader.ts';

/** Makes readers as the configuration of a source says. */
export function ndjsonReaders(
  context: SourceContext<NdjsonConfig>,
): (rows: BatchBuilder) => (file: RecordFile) => NdjsonReader {
  const { time, unit, zone, series } = context.config;
  const reject = context.reject.bind(context);
  const local = zone === undefined ? undefined : new LocalTime(zone);
  const template = new SeriesTemplate(context.site, series);
  const arrival = arrivals(() => context.now());
  return (rows) => {
    const samples = new JsonSamples({ rows, series: context.series, reject });
    return (file) => {
      const reader = new TimeReader({ unit, local });
      return new NdjsonReader(file, {
        rows,
        samples,
        reject,
        template,
        time: time === undefined ? undefined : { member: time, reader },
        arrival,
      });
    };
  };
}

/** Files with a JSON object on each line, followed as they grow. */
export const ndjson = defineSource({
  type: 'ndjson',
  version: 1,
  summary: 'A JSON object on each line, appended to a file.',
  config: ndjsonConfig,
  outline,
  probe: (context) => fileProbe(context),
  create: (context) => new FileSource(context, ndjsonReaders(context)),
});
