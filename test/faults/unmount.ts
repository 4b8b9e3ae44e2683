import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';

const MOUNTS = '/proc/mounts';

/** Unmounts all that is mounted below a folder, the last first. Loop devices go with their mount. */
export function unmountBelow(folder: string): void {
  if (!existsSync(MOUNTS)) return;
  const points = readFileSync(MOUNTS, 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll(String.raw`\040`, ' '))
    .filter((point) => point.startsWith(folder + sep));
  for (const point of points.toReversed()) execFileSync('umount', ['--lazy', point], { stdio: 'ignore' });
}
