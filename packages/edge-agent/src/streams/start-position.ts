import type { Log } from '@sluis/plugin-sdk';
import type { StreamPosition } from '../log/log.ts';

/** The journal position after which a stream goes on. A stream that is seen first starts with what comes next. */
export function startPosition(
  position: StreamPosition | undefined,
  { epoch, lowest, next }: { epoch: string; lowest: number; next: number },
  { name, log }: { name: string; log: Log },
): number {
  if (!position) return next - 1;
  if (position.epoch !== epoch) {
    log.error(
      { stream: name, epoch },
      `stream '${name}': the journal it knew is gone, it starts with all that the new one has`,
    );
    return lowest - 1;
  }
  if (position.position >= next) {
    log.error(
      { stream: name, position: position.position, next },
      `stream '${name}': the journal has lost its newest entries`,
    );
    return next - 1;
  }
  if (position.position < lowest - 1) {
    const lost = lowest - 1 - position.position;
    log.error({ stream: name, lost }, `stream '${name}': ${lost} journal entries that it has not seen are gone`);
  }
  return position.position;
}
