import type { AgentSegment } from './ingest-store.ts';
import type { Hot, Statements, StoredSegment } from './statements.ts';

const noneHot: Hot = { samples: 0, bytes: 0 };
const DISCARDED_AT_ONCE = 256;

/**
 * Segments as they came, in the order of their commits, and how much of them is hot: not in files. Both are counted in
 * memory; what a transaction that failed has counted must be undone.
 */
export class SegmentTable {
  readonly #statements: Statements;
  #hot: Hot;
  #last: number;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#hot = statements.hot.get() ?? noneHot;
    this.#last = statements.lastSegment.get()?.id ?? 0;
  }

  get hot(): Hot {
    return this.#hot;
  }

  /** Id of the segment that came last; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** What puts the counts back to what they are now. */
  undo(): () => void {
    const { hot, last } = this;
    return () => {
      this.#hot = hot;
      this.#last = last;
    };
  }

  add(epoch: number, { lane, from, to, samples, crc, bytes }: AgentSegment): StoredSegment {
    const row = { epoch, lane, from, to, samples, crc, bytes };
    const id = Number(this.#statements.putSegment.run(row).lastInsertRowid);
    this.#hot = { samples: this.#hot.samples + samples, bytes: this.#hot.bytes + bytes.byteLength };
    this.#last = id;
    return { id, ...row };
  }

  /** Hot ones after an id: at least one if there is any, at most about `maxBytes`. */
  after(id: number, maxBytes: number): StoredSegment[] {
    const segments: StoredSegment[] = [];
    let bytes = 0;
    for (const segment of this.#statements.segmentsAfter.iterate(id)) {
      segments.push(segment);
      bytes += segment.bytes.byteLength;
      if (bytes >= maxBytes) break;
    }
    return segments;
  }

  /** Of segments up to an id. */
  hotUpTo(id: number): Hot {
    return this.#statements.hotThrough.get(id) ?? noneHot;
  }

  /** Those up to an id come to be in files, which the view does not say yet. */
  cool(through: number): void {
    const { samples, bytes } = this.hotUpTo(through);
    this.#hot = { samples: this.#hot.samples - samples, bytes: this.#hot.bytes - bytes };
  }

  /** Deletes some that are in files, so that SQLite uses their pages again, and returns how many. */
  discard(): number {
    return this.#statements.discardSegments.run(DISCARDED_AT_ONCE).changes;
  }
}
