import type { DefinitionsMessage, SeriesDefinition } from '@sluis/protocol';

/** Definitions go in messages of about this size. */
const MESSAGE_BYTES = 64 << 10;

/** The messages that define series from the id `first` on. */
export function* definitionMessages(
  first: number,
  definitions: readonly SeriesDefinition[],
): Generator<DefinitionsMessage> {
  let start = 0;
  let bytes = 0;
  for (const [i, { path, unit }] of definitions.entries()) {
    bytes += Buffer.byteLength(path) + Buffer.byteLength(unit);
    const isLast = i === definitions.length - 1;
    if (bytes < MESSAGE_BYTES && !isLast) continue;
    yield { type: 'definitions', first: first + start, series: definitions.slice(start, i + 1) };
    start = i + 1;
    bytes = 0;
  }
}
