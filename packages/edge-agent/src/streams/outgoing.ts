import { type Columns, type EncodedSegment, encodeSegment, groupBySeries, MAX_SEGMENT_SAMPLES } from '@sluis/protocol';

/** A commit is cut when its segments are about this long: between 64 and 256 KiB, however well it compresses. */
const CUT_BYTES = 128 << 10;
/** Bytes of an encoded row, until there is experience. */
const FIRST_ROW_BYTES = 3;
/** How much the newest segment counts in that experience. */
const LEARNING = 0.2;

/** Results that wait for their commit. */
export class Outgoing {
  #chunks: Columns[] = [];
  #rows = 0;
  #texts = 0;
  #rowBytes = FIRST_ROW_BYTES;

  /** Ids are the outbox's. */
  add(rows: Columns): void {
    this.#chunks.push(rows);
    this.#rows += rows.length;
    for (const text of rows.texts ?? []) this.#texts += text.length;
  }

  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  get isFull(): boolean {
    return this.#rows >= MAX_SEGMENT_SAMPLES || this.#rows * this.#rowBytes + this.#texts >= CUT_BYTES;
  }

  clear(): void {
    this.#chunks = [];
    this.#rows = 0;
    this.#texts = 0;
  }

  /** All of it as segments; rows of a series stay in order. */
  take(): EncodedSegment[] {
    const rows = groupBySeries(this.#chunks);
    this.clear();
    const segments: EncodedSegment[] = [];
    for (let from = 0; from < rows.length; from += MAX_SEGMENT_SAMPLES) {
      const to = Math.min(from + MAX_SEGMENT_SAMPLES, rows.length);
      segments.push(encodeSegment(sliceRows(rows, from, to), { effort: 'tight' }));
    }
    if (rows.length > 0) {
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes.byteLength, 0);
      this.#rowBytes += (bytes / rows.length - this.#rowBytes) * LEARNING;
    }
    return segments;
  }
}

function sliceRows(rows: Columns, from: number, to: number): Columns {
  if (from === 0 && to === rows.length) return rows;
  const { series, time, value, quality, kind, integer, text, texts, revision } = rows;
  return {
    length: to - from,
    series: series.subarray(from, to),
    time: time.subarray(from, to),
    value: value.subarray(from, to),
    quality: quality.subarray(from, to),
    ...(kind && { kind: kind.subarray(from, to) }),
    ...(integer && { integer: integer.subarray(from, to) }),
    ...(text && { text: text.subarray(from, to), texts }),
    ...(revision && { revision: revision.subarray(from, to) }),
  };
}
