export type SegmentFault = 'truncated' | 'checksum' | 'version' | 'malformed' | 'oversized';

/**
 * Bytes that are not a segment this build can read.
 *
 * `truncated`: they end too early. `checksum`: they are not what was written. `version`: a later build wrote them.
 * `malformed`: they contradict themselves. `oversized`: they declare more than {@link limits} allow.
 */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
  readonly code: SegmentFault;

  constructor(code: SegmentFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
