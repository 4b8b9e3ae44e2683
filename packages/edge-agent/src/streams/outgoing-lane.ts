import {
  type Columns,
  cutIntoSegments,
  type EncodedSegment,
  encodeWithin,
  Kind,
  MAX_SEGMENT_BYTES,
  MAX_SEGMENT_SAMPLES,
  RowsMemory,
} from '@sluis/protocol';
import { GatheredRows, isPlain } from './gathered-rows.ts';

/**
 * A commit is cut when its segments are about this long by experience. They become shorter where texts compress, and
 * longer where a batch is large or compresses worse than those before it.
 */
const CUT_BYTES = 128 << 10;
/** Bytes of an encoded row, until there is experience. */
const FIRST_ROW_BYTES = 3;
/** How much the newest segment counts in that experience. */
const LEARNING = 0.2;

/** Results of one lane that wait for their commit. */
export class OutgoingLane {
  /** Those before what is gathered. */
  #chunks: Columns[] = [];
  readonly #gathered = new GatheredRows();
  /** Where rows are grouped: only until they are encoded. */
  readonly #grouped = new RowsMemory();
  #rows = 0;
  #texts = 0;
  #rowBytes = FIRST_ROW_BYTES;

  /** Ids are the outbox's. */
  add(rows: Columns): void {
    if (isPlain(rows)) this.#gathered.add(rows);
    else this.#chunks.push(...this.#takeGathered(), rows);
    this.#rows += rows.length;
    this.#texts += textLength(rows);
  }

  get rows(): number {
    return this.#rows;
  }

  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  get isFull(): boolean {
    return this.#rows >= MAX_SEGMENT_SAMPLES || this.#rows * this.#rowBytes + this.#texts >= CUT_BYTES;
  }

  clear(): void {
    this.#chunks = [];
    this.#gathered.clear();
    this.#rows = 0;
    this.#texts = 0;
  }

  /** All of it as segments that a message holds; rows of a series stay in order. */
  take(): EncodedSegment[] {
    const rows = this.#rows;
    const gathered = this.#gathered.length > 0 ? [this.#gathered.rows] : [];
    const pieces = cutIntoSegments([...this.#chunks, ...gathered], this.#grouped);
    const segments = pieces.flatMap((piece) => encodeWithin(MAX_SEGMENT_BYTES, piece, { effort: 'tight' }));
    this.clear();
    if (rows > 0) {
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes.byteLength, 0);
      this.#rowBytes += (bytes / rows - this.#rowBytes) * LEARNING;
    }
    return segments;
  }

  /** What was gathered, in memory of its own, so that other rows may follow it. */
  #takeGathered(): Columns[] {
    if (this.#gathered.length === 0) return [];
    const { length, series, time, value, quality } = this.#gathered.rows;
    const rows = { length, series: series.slice(), time: time.slice(), value: value.slice(), quality: quality.slice() };
    this.#gathered.clear();
    return [rows];
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
