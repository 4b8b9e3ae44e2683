import type { Report } from '@sluis/protocol';
import type { GivenUp, JournalLosses } from '../log/log.ts';

/** Of more, the next report tells. */
const GIVEN_UP_PER_REPORT = 256;

/** What of the agent's losses the hub has been told on a connection: each report has what is new or has changed. */
export class ToldLosses {
  readonly #givenUp = new Set<string>();
  /** What of the journal's losses. A hub that has none takes their absence for that. */
  #ofJournal = '[]';

  /** Ranges of the outbox that were given up, in an outbox that is in `epoch`. */
  outbox(givenUp: readonly GivenUp[], epoch: string): Report['shed'] {
    const untold = this.#untold(givenUp).slice(0, GIVEN_UP_PER_REPORT);
    for (const range of untold) this.#givenUp.add(JSON.stringify(range));
    return untold.map(({ times, epoch: ofRange, ...range }) => ({
      ...range,
      firstTime: times?.first ?? null,
      lastTime: times?.last ?? null,
      ...(ofRange !== epoch && { epoch: ofRange }),
    }));
  }

  /** All that the journal has lost, if the hub was told of other losses here, or of none. */
  journal({ epoch, losses }: JournalLosses): Pick<Report, 'journal'> {
    const told = JSON.stringify(losses);
    if (told === this.#ofJournal) return {};
    this.#ofJournal = told;
    const journal = losses.map(({ source, reason, samples, sequences, times }) => ({
      source,
      reason,
      samples,
      sequences,
      firstTime: times?.first ?? null,
      lastTime: times?.last ?? null,
    }));
    return { journal: { epoch, losses: journal } };
  }

  /** Of ranges that grew since, only what they are now is remembered. */
  #untold(givenUp: readonly GivenUp[]): GivenUp[] {
    const current = new Set(givenUp.map((range) => JSON.stringify(range)));
    for (const told of this.#givenUp) if (!current.has(told)) this.#givenUp.delete(told);
    return givenUp.filter((range) => !this.#givenUp.has(JSON.stringify(range)));
  }
}
