/* What an author needs, and of `@sluis/protocol` what the shapes of operators and sources are made of. Tests: `@sluis/plugin-sdk/testing`. */
export {
  BatchBuilder,
  bytesOf,
  capturesOfPath,
  type Columns,
  Kind,
  kindNames,
  Lane,
  laneNames,
  matchesPath,
  MAX_PATH_BYTES,
  MAX_TEXT_BYTES,
  noRows,
  noWatermarks,
  Quality,
  qualityNames,
  type SampleBatch,
  type SeriesDefinition,
  SeriesTable,
  sliceRows,
  starsOf,
  takeRows,
  type Watermarks,
} from '@sluis/protocol';
export { bySeries } from './columns/by-series.ts';
export { carrying } from './columns/carrying.ts';
export { filterRows } from './columns/filter-rows.ts';
export { mapValues } from './columns/map-values.ts';
export { moveRows, NOWHERE } from './columns/move-rows.ts';
export { ofSeries } from './columns/of-series.ts';
export * from './columns/per-sample.ts';
export { resultPath, resultSeries } from './columns/result-series.ts';
export { configJsonSchema, type JsonSchema } from './config-json-schema.ts';
export * from './log.ts';
export * from './operator.ts';
export { plainIssues } from './plain-issues.ts';
export * from './probe.ts';
export { portProbe } from './probes/port.ts';
export * from './source.ts';
export * from './source/backoff.ts';
export { HandOver, type HandOverBatch, type HandOverOptions } from './source/hand-over.ts';
export * from './source/reader.ts';
export { reading } from './source/reading.ts';
export { pathLevel, seriesId, seriesPath } from './source/series-path.ts';
export * from './state.ts';
export { StreamSeries } from './stream-series.ts';
export { OperatorState } from './state/operator-state.ts';
export { type StateImage, StateLimitError, StateMismatchError } from './state/image.ts';
export { duration, formatDuration, parseDuration, positiveDuration } from './units/duration.ts';
export { formatSize, parseSize, positiveSize, size } from './units/size.ts';
export { missingCapture, pathFrom, pathTemplate, placesOf, seriesPattern } from './units/series-pattern.ts';
export { address } from './units/address.ts';
export { type Address, formatAddress, parseAddress } from './units/address-text.ts';
