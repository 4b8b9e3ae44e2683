/**
 * A reproducible source of chance: sfc32 by Chris Doty-Humphrey (PractRand, http://pracrand.sourceforge.net/), whose
 * four words of state are filled from the seed and then mixed.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Whole numbers that together name the sequence. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / WORD) | 0;
    this.#c = stream | 0;
    for (let i = 0; i < MIXING_ROUNDS; i++) this.#next();
  }

  /** Evenly in [0, 1). */
  even(): number {
    return this.#next() / WORD;
  }

  /** Evenly in [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.even();
  }

  /** Normal with mean 0 and deviation 1, by the polar form of Box and Muller. */
  normal(): number {
    for (;;) {
      const x = this.between(-1, 1);
      const y = this.between(-1, 1);
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
    }
  }

  /** True with a chance that makes it happen `rate` times a second on average, over `seconds`. */
  happens(rate: number, seconds: number): boolean {
    return this.even() < 1 - Math.exp(-rate * seconds);
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

const WORD = 2 ** 32;
const MIXING_ROUNDS = 15;
