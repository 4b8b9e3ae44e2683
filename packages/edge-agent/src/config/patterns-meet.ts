/** Whether a path can match both patterns, in which `*` is one level and `**` any number of them. */
export function patternsMeet(one: string, other: string): boolean {
  return levelsMeet(one.split('/'), other.split('/'));
}

function levelsMeet(one: readonly string[], other: readonly string[]): boolean {
  if (one.length === 0 && other.length === 0) return true;
  if (one[0] === '**') return levelsMeet(one.slice(1), other) || (other.length > 0 && levelsMeet(one, other.slice(1)));
  if (other[0] === '**') return levelsMeet(other, one);
  if (one.length === 0 || other.length === 0) return false;
  const same = one[0] === other[0] || one[0] === '*' || other[0] === '*';
  return same && levelsMeet(one.slice(1), other.slice(1));
}
