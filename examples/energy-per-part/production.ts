import { type Sample, sample } from '@sluis/plugin-sdk/testing';

const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
/** Of the power meter. */
export const STEP = SECOND / 2;
const END = 30 * MINUTE + 30 * SECOND;

export interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The press takes 70 s for a part, rests behind each third, and is out of order for five minutes. */
export const PARTS: readonly Part[] = partsOf();

function partsOf(): Part[] {
  const parts: Part[] = [];
  for (let time = MINUTE; time < 28 * MINUTE;) {
    parts.push({ name: `P-${7001 + parts.length}`, from: time, to: time + 70 * SECOND });
    time += 70 * SECOND;
    if (parts.length % 3 === 0) time += 40 * SECOND;
    if (parts.length === 9) time += 5 * MINUTE;
  }
  return parts;
}

/** Power in kW: strokes on top of a base load, more of them for a tool that gets dull; 1.2 at rest. */
function powerAt(time: number): number {
  const index = PARTS.findIndex(({ from, to }) => time >= from && time < to);
  if (index === -1) return 1.2;
  const stroke = Math.max(0, Math.sin(((time - PARTS[index].from) / SECOND) * 0.9));
  return Math.round((6 + (14 + 0.8 * index) * stroke) * 100) / 100;
}

/** What power meter and controller publish in half an hour. Between parts the controller says nothing is made: an empty text. */
export function production(): Sample[] {
  const samples: Sample[] = [];
  for (let time = 0; time <= END; time += STEP) {
    const begun = PARTS.find(({ from }) => from === time);
    const isOver = PARTS.some(({ to }) => to === time);
    if (begun || isOver) samples.push(sample('lab/press-1/part', time, begun?.name ?? ''));
    samples.push(sample('lab/press-1/power', time, powerAt(time), { unit: 'kW' }));
  }
  return samples;
}
