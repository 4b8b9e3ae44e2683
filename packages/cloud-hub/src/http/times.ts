const US_PER_MS = 1000;
const MICROSECONDS = /^-?\d{1,16}$/;
const ISO =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[T ](?<clock>\d{2}:\d{2})(?::(?<seconds>\d{2})(?:[.,](?<fraction>\d{1,12}))?)?(?<zone>Z|[+\- ]\d{2}:?\d{2})?)?$/i;

/**
 * µs since 1970 of an ISO 8601 time (UTC unless it names a zone; parts of a µs are cut off) or of whole µs; undefined for
 * anything else. A `+` that a URL has turned into a space is read as `+`.
 */
export function parseTime(text: string): number | undefined {
  if (MICROSECONDS.test(text)) {
    const time = Number(text);
    return Number.isSafeInteger(time) ? time : undefined;
  }
  const groups = ISO.exec(text)?.groups;
  if (!groups) return undefined;
  const { date, clock = '00:00', seconds = '00', fraction = '', zone = 'Z' } = groups;
  const ms = Date.parse(`${date}T${clock}:${seconds}Z`);
  const offset = zoneMinutes(zone);
  // Date.parse takes 30 February for 2 March, and 24:00 for the next day.
  if (
    Number.isNaN(ms) ||
    offset === undefined ||
    !new Date(ms).toISOString().startsWith(`${date}T${clock}:${seconds}`)
  ) {
    return undefined;
  }
  return (ms - offset * 60_000) * US_PER_MS + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function zoneMinutes(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

const units: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};
const DURATION = /^(?<count>\d{1,12})(?<unit>us|ms|s|m|h|d)$/;

/** µs of a duration such as `250ms`, `10s`, `5m`; undefined for anything else and for 0. */
export function parseDuration(text: string): number | undefined {
  const groups = DURATION.exec(text)?.groups;
  if (!groups) return undefined;
  const duration = Number(groups.count) * units[groups.unit];
  return duration > 0 && Number.isSafeInteger(duration) ? duration : undefined;
}
