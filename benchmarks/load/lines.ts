import { generator } from '../measure/random.ts';

/*
 * Line protocol that is rendered before it is needed, so that a generator costs next to nothing while others are measured:
 * what changes when a block is sent again are the digits of its times.
 */

export interface LinesOptions {
  readonly measurement: string;
  readonly series: number;
  /** Lines that share a time, at most as many as there are series: line i of all is of series i % series. */
  readonly slice: number;
  /** Lines after which values repeat; rounded up to whole blocks. */
  readonly distinct: number;
}

/** A part of what is sent: whole slices. */
export interface Block {
  readonly bytes: Buffer;
  /** In lines. */
  readonly length: number;
  /** Where the time of each line begins in `bytes`. */
  readonly times: Uint32Array;
}

/** About so many lines a block, some 4 MB: large writes are cheap, and few of them are under way. */
const BLOCK_LINES = 100_000;
/** Of a time in µs, from 2001 to 2286. */
const TIME_DIGITS = 16;
const ZERO = '0'.charCodeAt(0);
const BLANK_TIME = '0'.repeat(TIME_DIGITS);
/** A walk begins here, in hundredths, and a step is at most this. */
const FIRST_LEVEL = 2_000;
const LARGEST_STEP = 10;
const SEED = 7;

/** Random walks with two decimals, of all series: `NAME,machine=mN value=20.05 TIME000`. */
export function renderBlocks({ measurement, series, slice, distinct }: LinesOptions): Block[] {
  const length = blockLines(slice);
  const walk = new Walk(series);
  const blocks: Block[] = [];
  for (let line = 0; line < distinct;) {
    const times = new Uint32Array(length);
    const lines: string[] = [];
    for (let i = 0, offset = 0; i < length; i++, line++) {
      const id = line % series;
      const head = `${measurement},machine=m${id} value=${(walk.step(id) / 100).toFixed(2)} `;
      const text = `${head}${BLANK_TIME}000\n`;
      times[i] = offset + head.length;
      offset += text.length;
      lines.push(text);
    }
    blocks.push({ bytes: Buffer.from(lines.join(''), 'latin1'), length, times });
  }
  return blocks;
}

/** What is sent of one series when so many samples of it are, without a text of it. */
export function valuesOf({ series, slice, distinct }: LinesOptions, id: number, samples: number): number[] {
  const length = blockLines(slice);
  const lines = Math.ceil(distinct / length) * length;
  const walk = new Walk(series);
  const round: number[] = [];
  for (let line = 0; line < lines; line++) {
    const level = walk.step(line % series);
    if (line % series === id) round.push(level / 100);
  }
  // All series have as many lines in a round only if it holds whole rounds of series, which is what is asked here.
  if (lines % series !== 0) throw new Error(`${lines} lines are no multiple of ${series} series`);
  return Array.from({ length: samples }, (_, i) => round[i % round.length]);
}

/** Whole slices. */
function blockLines(slice: number): number {
  return Math.max(1, Math.round(BLOCK_LINES / slice)) * slice;
}

/** The values of all series, in hundredths, as they are sent one after another. */
class Walk {
  readonly #levels: Int32Array;
  readonly #random = generator(SEED);

  constructor(series: number) {
    this.#levels = new Int32Array(series).fill(FIRST_LEVEL);
  }

  step(id: number): number {
    return (this.#levels[id] += Math.round((this.#random() * 2 - 1) * LARGEST_STEP));
  }
}

/** Writes a time (µs since 1970) into some lines of a block. */
export function setTime({ bytes, times }: Block, { from, to, time }: { from: number; to: number; time: number }): void {
  const digits = new Uint8Array(TIME_DIGITS);
  for (let i = TIME_DIGITS - 1, rest = time; i >= 0; i--, rest = Math.floor(rest / 10)) digits[i] = ZERO + (rest % 10);
  for (let line = from; line < to; line++) {
    const at = times[line];
    for (let i = 0; i < TIME_DIGITS; i++) bytes[at + i] = digits[i];
  }
}
