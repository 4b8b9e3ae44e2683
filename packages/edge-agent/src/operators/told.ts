/** A value of a configuration as a message shows it: text with its quotes, for they are what is wrong with `'1'` for a number. */
export function told(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
}
