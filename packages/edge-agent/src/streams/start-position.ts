import type { Log } from '@sluis/plugin-sdk';
import type { JournalState, OutboxState } from '../log/log.ts';
import type { Slot } from './slot.ts';

export interface StartPositionOptions {
  readonly durable: Pick<OutboxState, 'positions' | 'positionsLost'>;
  readonly journal: Pick<JournalState, 'epoch' | 'lowest' | 'next'>;
  readonly log: Log;
}

/**
 * The journal position after which a stream goes on. A stream that is seen first starts with what comes next. One whose
 * position is lost starts with all that there is: what it repeats changes nothing, what it left out would be missing.
 */
export function startAt(slot: Slot, options: StartPositionOptions): void {
  const { durable, journal } = options;
  const position = durable.positions[slot.name];
  slot.through = startPosition(slot.name, options);
  slot.isNew = !position && !durable.positionsLost;
  slot.hasLostJournal = position !== undefined && position.epoch !== journal.epoch;
  slot.committed = position?.epoch === journal.epoch ? slot.through : -1;
}

function startPosition(name: string, { durable, journal, log }: StartPositionOptions): number {
  const { epoch, lowest, next } = journal;
  const position = durable.positions[name];
  if (!position) {
    if (!durable.positionsLost) return next - 1;
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
