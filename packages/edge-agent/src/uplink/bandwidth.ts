/** Days in the order of `Date.getUTCDay`. */
export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof weekdays)[number];

/** From one time of day to another, which is on the next day if it is not later. */
export interface ScheduleEntry {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  /** Days on which it begins. */
  readonly days: readonly Weekday[];
  /** Bytes per second. */
  readonly limit: number;
}

export interface BandwidthOptions {
  /** Bytes per second where no entry of the schedule says otherwise; undefined: as many as the line takes. */
  readonly limit?: number | undefined;
  /** The first entry that holds counts. */
  readonly schedule: readonly ScheduleEntry[];
  /** IANA name of the time zone that the schedule is in. */
  readonly zone: string;
}

const DAY_MINUTES = 24 * 60;
/** What was not used is there for later, as much as is sent in this time. */
const BURST_SECONDS = 1;
const MICROSECONDS = 1e6;
const MINUTE = 60 * MICROSECONDS;

export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    // A RangeError is how the platform says that it has no such zone.
    return false;
  }
}

/** How many bytes may be sent: the limit in force, and a bucket that fills by it. Times in µs since 1970. */
export class Bandwidth {
  readonly #options: BandwidthOptions;
  /** Without a schedule none: the first of them in a process takes 10 MB of data about languages and zones. */
  readonly #clock: Intl.DateTimeFormat | undefined;
  #minute = NaN;
  #limit = Infinity;
  /** Bytes that may be sent; below 0 after a message that was longer than what there was. */
  #tokens = Infinity;
  #filledAt = 0;

  constructor(options: BandwidthOptions) {
    this.#options = options;
    if (options.schedule.length > 0) {
      this.#clock = new Intl.DateTimeFormat('en-GB', {
        timeZone: options.zone,
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      });
    }
  }

  /** Bytes per second in force; Infinity: no limit. */
  limit(now: number): number {
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#limit = this.#limitAt(now);
    }
    return this.#limit;
  }

  /** How long in ms until something may be sent; 0: now. Infinity: not while this limit is in force. */
  waitMs(now: number): number {
    this.#fill(now);
    if (this.#tokens > 0) return 0;
    const limit = this.limit(now);
    return limit === 0 ? Infinity : ((1 - this.#tokens) / limit) * 1000;
  }

  sent(bytes: number): void {
    this.#tokens -= bytes;
  }

  #fill(now: number): void {
    const limit = this.limit(now);
    // A clock that was set back fills nothing.
    const seconds = Math.max(0, now - this.#filledAt) / MICROSECONDS;
    this.#filledAt = now;
    if (limit === Infinity) this.#tokens = Infinity;
    else if (this.#tokens === Infinity) this.#tokens = limit * BURST_SECONDS;
    else this.#tokens = Math.min(this.#tokens + limit * seconds, limit * BURST_SECONDS);
  }

  #limitAt(now: number): number {
    const { schedule, limit = Infinity } = this.#options;
    if (!this.#clock) return limit;
    const parts = Object.fromEntries(
      this.#clock.formatToParts(new Date(now / 1000)).map(({ type, value }) => [type, value]),
    );
    const minute = Number(parts.hour) * 60 + Number(parts.minute);
    const day = weekdays.findIndex((name) => name === parts.weekday.toLowerCase());
    return schedule.find((entry) => holds(entry, day, minute))?.limit ?? limit;
  }
}

function holds({ from, to, days }: ScheduleEntry, day: number, minute: number): boolean {
  const length = to > from ? to - from : to - from + DAY_MINUTES;
  const begunOn = (began: number, ago: number): boolean =>
    days.includes(weekdays[began]) && minute + ago >= from && minute + ago < from + length;
  return begunOn(day, 0) || begunOn((day + weekdays.length - 1) % weekdays.length, DAY_MINUTES);
}
