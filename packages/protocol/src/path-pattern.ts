/*
 * Patterns of the contract: `*` is any one level, also within one (`press-*`); `**` is any number of levels. Each of them takes
 * as little as it can, from left to right: that is what they capture.
 */

/** True for the paths that the pattern matches. */
export function matchesPath(pattern: string): (path: string) => boolean {
  const levels = pattern.split('/');
  return (path) => matchLevels(levels, path.split('/')) !== undefined;
}

/**
 * What each `*` and `**` of the pattern stands for in a path, from left to right, several levels with `/` between them; undefined
 * where the pattern does not match.
 */
export function capturesOfPath(pattern: string): (path: string) => string[] | undefined {
  const wanted = pattern.split('/');
  return (path) => {
    const levels = path.split('/');
    const places = matchLevels(wanted, levels);
    return places && wanted.flatMap((level, p) => capture(level, levels.slice(places[p], places[p + 1])));
  };
}

/** Stars of the pattern: how many captures it has. */
export function starsOf(pattern: string): number {
  return pattern.split('/').reduce((stars, level) => stars + (level === '**' ? 1 : level.split('*').length - 1), 0);
}

/**
 * The place in the path at which each level of the pattern begins, and the path's end. Two greedy cursors with one place to go
 * back to: linear in practice, and never exponential on hostile patterns.
 */
function matchLevels(pattern: readonly string[], path: readonly string[]): number[] | undefined {
  const places: number[] = [];
  let p = 0;
  let backPattern = -1;
  let backPath = 0;
  for (let i = 0; i < path.length;) {
    places[p] = i;
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
      return undefined;
    }
  }
  while (pattern[p] === '**') places[p++] = path.length;
  places[p] = path.length;
  return p === pattern.length ? places : undefined;
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

/** What the stars of one level of a pattern stand for in the levels that it matches. */
function capture(pattern: string, levels: readonly string[]): string[] {
  if (pattern === '**' || pattern === '*') return [levels.join('/')];
  if (!pattern.includes('*')) return [];
  const [level] = levels;
  const parts = pattern.split('*');
  const last = parts.length - 1;
  let from = parts[0].length;
  return parts.slice(1).map((part, i) => {
    const to = i + 1 === last ? level.length - part.length : level.indexOf(part, from);
    const captured = level.slice(from, to);
    from = to + part.length;
    return captured;
  });
}
