/** UCUM's codes for what durations in a configuration are multiples of, in µs. */
const codes: readonly (readonly [code: string, length: number])[] = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['min', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1_000],
  ['us', 1],
];

/** A length of time (µs) as a UCUM unit: `h`, or `(10.s)`. */
export function unitOfTime(length: number): string {
  const [code, unit] = codes.find(([, unit]) => length % unit === 0) ?? ['us', 1];
  return length === unit ? code : `(${length / unit}.${code})`;
}

/** UCUM lets no scale with a zero of its own be multiplied: what changes on it, changes by this unit. */
const differences: Readonly<Record<string, string>> = { Cel: 'K', '[degF]': '[degR]' };

/** Unit of what changes by so much in a time: `kW` per hour is `kW/h`; '' where the input's is not known. */
export function perTime(unit: string, time: number): string {
  if (unit === '') return '';
  return `${unit === '1' ? '' : differenceUnit(unit)}/${unitOfTime(time)}`;
}

/** Unit of what lasts for a time: `kW` for an hour is `kW.h`; '' where the input's is not known. */
export function timesTime(unit: string, time: number): string {
  if (unit === '') return '';
  return unit === '1' ? unitOfTime(time) : `${differenceUnit(unit)}.${unitOfTime(time)}`;
}

function differenceUnit(unit: string): string {
  return Object.hasOwn(differences, unit) ? differences[unit] : unit;
}
