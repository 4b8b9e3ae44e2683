import type { Lane, SeriesDefinition } from '@sluis/protocol';
import type { FileView } from '../store/sample-files.ts';

/**
 * What the store worker sends to the query process, in the body of a request: frames of a header (JSON) and bytes, each
 * with its length in front as 32 bits, little-endian. Both ends are this hub's own, of the same version.
 */
export type LoadFrame = ViewFrame | SealFrame | SeriesFrame | MapFrame | SegmentFrame;

/**
 * The files that count from now on, and which segments they hold: these are not needed any more. The first frame of its
 * request; the first of all that a process which has started gets.
 */
export interface ViewFrame extends FileView {
  readonly type: 'view';
  /** How many series the hub has: all that the files hold are among them, and queries wait until all are defined. */
  readonly seriesCount: number;
}

/**
 * The hot table that rows go to now counts as full, whatever it holds, if any segment has come since the last one was:
 * the answer's `full` names its end, and the next segment begins another. The last frame of its request.
 */
export interface SealFrame {
  readonly type: 'seal';
}

/** Series of the hub from id `first` on: ids are dense. */
export interface SeriesFrame {
  readonly type: 'series';
  readonly first: number;
  readonly series: readonly SeriesDefinition[];
}

/** The hub's ids of an epoch's series from the epoch's id `first` on; 0 where the hub keeps none: its rows are dropped. */
export interface MapFrame {
  readonly type: 'map';
  /** Ordinal of the epoch. */
  readonly epoch: number;
  readonly first: number;
  readonly series: readonly number[];
}

export interface SegmentFrame {
  readonly type: 'segment';
  /** Place in the order of commits. */
  readonly id: number;
  /** Ordinal of the epoch. */
  readonly epoch: number;
  readonly lane: Lane;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

const LENGTHS_BYTES = 8;
const noBytes = new Uint8Array(0);

export function encodeFrame(frame: LoadFrame): Uint8Array[] {
  const bytes = frame.type === 'segment' ? frame.bytes : noBytes;
  const header = Buffer.from(JSON.stringify({ ...frame, bytes: undefined }));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32LE(header.byteLength, 0);
  lengths.writeUInt32LE(bytes.byteLength, 4);
  return [lengths, header, bytes];
}

/** The frames of a whole request body. */
export function* decodeFrames(body: Buffer): Generator<LoadFrame> {
  let at = 0;
  while (at < body.byteLength) {
    const headerAt = at + LENGTHS_BYTES;
    const bytesAt = headerAt + body.readUInt32LE(at);
    const end = bytesAt + body.readUInt32LE(at + 4);
    if (end > body.byteLength) throw new RangeError('a load request ends within a frame');
    const header = JSON.parse(body.toString('utf8', headerAt, bytesAt)) as LoadFrame;
    yield header.type === 'segment' ? { ...header, bytes: body.subarray(bytesAt, end) } : header;
    at = end;
  }
}
