/// <reference lib="esnext.temporal" />

const DAY_US = 86_400_000_000;
const MS_US = 1_000;

/** True for a name of the IANA time zone database. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * Times of a place's clocks as µs since 1970, UTC.
 *
 * Clocks that are put back show an hour twice. Which of the two a time means, the row before it tells: the earlier, unless
 * that would be before the row before. Clocks that are put forward leave an hour out: a time within it is taken for what
 * the clock would show had it not been put forward yet (02:30 for 03:30), as iCalendar does (RFC 5545, section 3.3.5).
 */
export class LocalTime {
  readonly #zone: string;
  /** Local times from which to which there is one offset, and no change within a day. */
  #from = Infinity;
  #to = -Infinity;
  #offset = 0;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** `local`: the µs from 1970-01-01T00:00 to what the clock shows; `before`: the time of the row before, in UTC. */
  utc(local: number, before: number): number {
    if (local < this.#from || local >= this.#to) this.#look(local);
    if (local >= this.#from && local < this.#to) return local - this.#offset;
    const earlier = this.#instant(local, 'earlier');
    const later = this.#instant(local, 'later');
    // In an hour that is left out, "later" is what the offset before the change gives; it has no second meaning.
    const repeated = earlier + this.#offsetAt(earlier) === local;
    return !repeated || earlier < before ? later : earlier;
  }

  /** Finds the stretch of one offset around `local`, leaving out a day at its ends: no change is greater. */
  #look(local: number): void {
    const near = this.#zoned(local, 'compatible');
    const before = near.getTimeZoneTransition('previous');
    const after = near.getTimeZoneTransition('next');
    this.#offset = near.offsetNanoseconds / 1_000;
    this.#from = before ? before.epochMilliseconds * MS_US + this.#offset + DAY_US : -Infinity;
    this.#to = after ? after.epochMilliseconds * MS_US + this.#offset - DAY_US : Infinity;
  }

  #instant(local: number, disambiguation: 'earlier' | 'later'): number {
    const ms = Math.floor(local / MS_US);
    return this.#zoned(local, disambiguation).epochMilliseconds * MS_US + (local - ms * MS_US);
  }

  #offsetAt(utc: number): number {
    const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(utc / MS_US));
    return instant.toZonedDateTimeISO(this.#zone).offsetNanoseconds / 1_000;
  }

  #zoned(local: number, disambiguation: 'compatible' | 'earlier' | 'later'): Temporal.ZonedDateTime {
    const shown = Temporal.Instant.fromEpochMilliseconds(Math.floor(local / MS_US)).toZonedDateTimeISO('UTC');
    return shown.toPlainDateTime().toZonedDateTime(this.#zone, { disambiguation });
  }
}
