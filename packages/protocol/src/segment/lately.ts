/** At ten commits a second they are six seconds: a burst that returns within them finds its memory still there. */
const TURNS = 64;

/** The most that was wanted lately, in the last 64 to 128 turns. Memory for more than that was for a burst that is over. */
export class Lately {
  #before = 0;
  #now = 0;
  #turns = 0;

  /** One more turn, which wants so much: the most of late, this included. */
  most(wanted: number): number {
    this.#now = Math.max(this.#now, wanted);
    const most = Math.max(this.#before, this.#now);
    if (++this.#turns === TURNS) {
      this.#before = this.#now;
      this.#now = 0;
      this.#turns = 0;
    }
    return most;
  }
}
