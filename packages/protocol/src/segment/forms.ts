import { Kind } from '../batch.ts';
import { Form, powersOfTen } from './layout.ts';

/** Values and the same memory as 64-bit words in two halves, low first. */
export interface Cells {
  readonly values: Float64Array;
  readonly words: Uint32Array;
}

export function cellsOf(values: Float64Array): Cells {
  return { values, words: new Uint32Array(values.buffer, values.byteOffset, values.length * 2) };
}

/**
 * Replaces whole numbers in the cells `from` to before `to` by what they stand for in `form`: doubles, and for other
 * kinds whole numbers of 64 bits in two's complement.
 */
export function applyForm({ values, words }: Cells, from: number, to: number, form: number, kind?: Uint8Array): void {
  const power = powersOfTen[form & Form.maxDecimals];
  for (let i = from; i < to; i++) {
    const number = values[i];
    if (kind && kind[i] !== Kind.double) {
      const high = Math.floor(number / 2 ** 32);
      words[2 * i] = number - high * 2 ** 32;
      words[2 * i + 1] = high;
    } else if (form < Form.singleDecimals) {
      values[i] = number / power;
    } else if (form < Form.singleBits) {
      values[i] = Math.fround(number / power);
    } else {
      singleBits[0] = number >= 0 ? number : 0x8000_0000 | (-1 - number);
      values[i] = single[0];
    }
  }
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);
