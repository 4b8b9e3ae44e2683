const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
const counts = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

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
