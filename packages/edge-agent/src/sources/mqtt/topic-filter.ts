const MAX_BYTES = 65_535;

/** What is wrong with a topic filter, or undefined if nothing is (MQTT 5, section 4.7). */
export function filterFault(filter: string): string | undefined {
  const levels = filter.split('/');
  if (filter === '') return 'it is empty';
  if (Buffer.byteLength(filter) > MAX_BYTES) return `it is longer than ${MAX_BYTES} bytes`;
  if (filter.includes('\0')) return 'it has a null character';
  if (filter.startsWith('$share/')) return 'name the group by the key share';
  if (levels.some((level) => level.length > 1 && /[+#]/.test(level))) return '+ and # stand for whole levels';
  if (levels.slice(0, -1).includes('#')) return '# can only be the last level';
  return undefined;
}

/** True if a message of `topic` belongs to a subscription of `filter`. */
export function filterMatches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  // Topics of the broker itself are asked for by name, never by a wildcard.
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
