const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
const counts = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat('en');

/** A value as the API gives it, for people. */
export function valueText(value) {
  if (typeof value !== 'number') return String(value);
  const magnitude = Math.abs(value);
  return magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e9) ? value.toPrecision(6) : numbers.format(value);
}

/** A value as a number to draw; NaN for what has none. */
export function drawable(value) {
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : Number.NaN;
}

export function countText(count) {
  return counts.format(count);
}

export function numberText(count) {
  return exact.format(count);
}

export function bytesText(bytes) {
  const names = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(names.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${exact.format(Number((bytes / 1024 ** power).toPrecision(3)))} ${names[power]}`;
}

/** Units of UCUM that people write otherwise. */
const units = { Cel: '°C', 1: '', '%': '%', um: 'µm', 'm/s2': 'm/s²', m3: 'm³' };

export function unitText(unit) {
  return units[unit] ?? unit;
}

/** How long ago a time in µs was. */
export function agoText(time) {
  const seconds = Math.max(0, Date.now() / 1000 - time / 1e6);
  if (seconds < 10) return 'just now';
  if (seconds < 120) return `${Math.round(seconds)} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} d ago`;
}

const two = (number) => String(number).padStart(2, '0');

function dayText(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function clockText(time) {
  const date = new Date(time / 1000);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const micros = ((time % 1e6) + 1e6) % 1e6;
  return micros === 0 ? clock : `${clock}.${String(micros).padStart(6, '0').replace(/0{3}$/, '')}`;
}

/** A time in µs by the reader's clock; its day is left out if it is today. */
export function timeText(time) {
  const day = dayText(new Date(time / 1000));
  return day === dayText(new Date()) ? clockText(time) : `${day} ${clockText(time)}`;
}

/** From one time in µs to another, to the second. */
export function spanText(from, to) {
  const [first, last] = [from, to].map((time) => Math.floor(time / 1e6) * 1e6);
  if (first === last) return timeText(first);
  const sameDay = dayText(new Date(from / 1000)) === dayText(new Date(to / 1000));
  return `${timeText(first)} – ${sameDay ? clockText(last) : timeText(last)}`;
}
