import type { SegmentTotals } from './log.ts';

export const noSegments: SegmentTotals = { samples: 0, segments: 0, bytes: 0 };

export function sum(a: SegmentTotals, b: SegmentTotals): SegmentTotals {
  return { samples: a.samples + b.samples, segments: a.segments + b.segments, bytes: a.bytes + b.bytes };
}

export function difference(a: SegmentTotals, b: SegmentTotals): SegmentTotals {
  return { samples: a.samples - b.samples, segments: a.segments - b.segments, bytes: a.bytes - b.bytes };
}
