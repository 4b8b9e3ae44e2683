import type { Log } from '@sluis/plugin-sdk';
import type { StreamPosition } from '../log/log.ts';

/**
 * The journal position after which a stream goes on. A stream that is seen first starts with what comes next. One whose
 * position is lost starts with all that there is: what it repeats changes nothing, what it left out would be missing.
 */
export function startPosition(
  { position, lost }: { position: StreamPosition | undefined; lost: boolean },
  { epoch, lowest, next }: { epoch: string; lowest: number; next: number },
  { name, log }: { name: string; log: Log },
): number {
  if (!position) {
    if (!lost) return next - 1;
    log.error(
      { stream: name, after: lowest - 1 },
      `stream '${name}': how far it had come is lost with the outbox, it starts with all that the journal has`,
    );
    return lowest - 1;
  }
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
  return position.position;
}
