/** Compiles a pattern of the contract: `*` is any one level, also within one (`press-*`); `**` is any number of levels. */
export function matchesPath(pattern: string): (path: string) => boolean {
  const levels = pattern.split('/');
  return (path) => matchLevels(levels, path.split('/'));
}

/** Two greedy cursors with one place to go back to: linear in practice, and never exponential on hostile patterns. */
function matchLevels(pattern: readonly string[], path: readonly string[]): boolean {
  let p = 0;
  let backPattern = -1;
  let backPath = 0;
  for (let i = 0; i < path.length;) {
    if (pattern[p] === '**') {
      backPattern = p++;
      backPath = i;
    } else if (p < pattern.length && matchLevel(pattern[p], path[i])) {
      p++;
      i++;
    } else if (backPattern >= 0) {
      p = backPattern + 1;
      i = ++backPath;
    } else {
      return false;
    }
  }
  while (pattern[p] === '**') p++;
  return p === pattern.length;
}

function matchLevel(pattern: string, level: string): boolean {
  if (pattern === '*') return true;
  if (!pattern.includes('*')) return pattern === level;
  const parts = pattern.split('*');
  const last = parts.length - 1;
  if (!level.startsWith(parts[0]) || level.length < parts[0].length + parts[last].length) return false;
  let at = parts[0].length;
  for (const part of parts.slice(1, last)) {
    const found = level.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return level.length - parts[last].length >= at && level.endsWith(parts[last]);
}
