/** Times are whole µs whose magnitude is below this, so that a double holds each exactly. */
export const TIME_BOUND = 2 ** 53;

/** Units of an epoch time: the power of ten that makes µs of them. */
export const epochUnits = { ns: -3, us: 0, ms: 3, s: 6 } as const;
export type EpochUnit = keyof typeof epochUnits;

const MAX_DIGITS = 32;
const MINUTE_US = 60_000_000;
const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?)? ?(?<zone>Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** A decimal number of `unit` since 1970 as µs, finer rounded down, exactly; undefined if it is none or out of bounds. */
export function parseEpoch(text: string, unit: EpochUnit): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match || text.length > MAX_DIGITS) return undefined;
  const [, sign, whole, fraction = ''] = match;
  const digits = whole + fraction;
  // The point's place in the digits, once it is moved to µs.
  const point = whole.length + epochUnits[unit];
  const kept = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const dropped = point > 0 ? digits.slice(point) : digits;
  const magnitude = Number(kept);
  if (magnitude >= TIME_BOUND) return undefined;
  if (sign === '') return magnitude;
  const time = /[1-9]/.test(dropped) ? -magnitude - 1 : 0 - magnitude;
  return time > -TIME_BOUND ? time : undefined;
}

/** ISO 8601 with `T` or a space, UTC unless it names an offset, as µs, finer rounded down; undefined if it is none. */
export function parseIso(text: string): number | undefined {
  const parts = ISO.exec(text)?.groups;
  if (!parts) return undefined;
  const { year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z' } = parts;
  const seconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse refuses a month 13 and takes a 30th of February for March.
  if (Number.isNaN(seconds) || new Date(seconds).getUTCDate() !== Number(day)) return undefined;
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  const minutes = offset ? Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) : 0;
  return seconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) - minutes * MINUTE_US;
}
