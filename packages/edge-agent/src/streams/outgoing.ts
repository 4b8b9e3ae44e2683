import {
  type Columns,
  cutIntoSegments,
  type EncodedSegment,
  encodeWithin,
  Kind,
  MAX_SEGMENT_BYTES,
  MAX_SEGMENT_SAMPLES,
} from '@sluis/protocol';

/**
 * A commit is cut when its segments are about this long by experience. They become shorter where texts compress, and
 * longer where a batch is large or compresses worse than those before it.
 */
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
    this.#texts += textLength(rows);
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

  /** All of it as segments that a message holds; rows of a series stay in order. */
  take(): EncodedSegment[] {
    const rows = this.#rows;
    const pieces = cutIntoSegments(this.#chunks);
    const segments = pieces.flatMap((piece) => encodeWithin(MAX_SEGMENT_BYTES, piece, { effort: 'tight' }));
    this.clear();
    if (rows > 0) {
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes.byteLength, 0);
      this.#rowBytes += (bytes / rows - this.#rowBytes) * LEARNING;
    }
    return segments;
  }
}

/** Characters of the texts that rows use: what an operator left out may still be in `texts`. */
function textLength({ length, kind, text, texts }: Columns): number {
  if (!kind || !text || !texts) return 0;
  if (length >= texts.length) return texts.reduce((sum, { length: characters }) => sum + characters, 0);
  const used = new Set<number>();
  for (let row = 0; row < length; row++) if (kind[row] === Kind.text) used.add(text[row]);
  return [...used].reduce((sum, index) => sum + texts[index].length, 0);
}
