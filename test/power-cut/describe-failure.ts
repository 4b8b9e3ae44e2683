import { inspect } from 'node:util';
import type { DiskEvent } from './disk-event.ts';
import type { FileCut } from './file-content.ts';
import type { Failure } from './power-cuts.ts';

const EVENTS_BEFORE = 5;
const MOST_PLACES = 20;

/** What the power cut took, and what was then found. */
export function describeFailure(events: readonly DiskEvent[], { name, cut, error }: Failure): string {
  const pathOf = (id: number) => events.find((event) => 'file' in event && event.file === id)?.path ?? String(id);
  return [
    `${name}: the power is cut at event ${cut.at} of ${events.length} (model: ${cut.model}), after`,
    ...events.slice(Math.max(0, cut.at - EVENTS_BEFORE), cut.at).map(textOf),
    'These changes of names are lost:',
    ...[...cut.lostNames].map((index) => textOf(events[index])),
    'Of these files not all has landed:',
    ...[...cut.files].map(([id, file]) => `  ${pathOf(id)}: ${textOfCut(file)}`),
    inspect(error),
  ].join('\n');
}

function textOf(event: DiskEvent): string {
  const detail =
    event.kind === 'write'
      ? ` ${event.offset} to ${event.offset + event.bytes.length}`
      : event.kind === 'resize'
        ? ` to ${event.size}`
        : event.kind === 'acknowledgement'
          ? event.line
          : '';
  return `  ${event.kind} ${event.path}${detail}`;
}

function textOfCut({ grain, size, landed, except, garbage }: FileCut): string {
  const places = [...except].slice(0, MOST_PLACES).map(([place, count]) => `${count} at ${place * grain}`);
  const more = except.size > MOST_PLACES ? [`${except.size - MOST_PLACES} more`] : [];
  const but = places.length > 0 ? `, but ${[...places, ...more].join(', ')}` : '';
  const left = garbage === undefined ? '' : '; what did not land left garbage';
  return `size as of ${size} pending changes, ${landed} of them in each ${grain} bytes${but}${left}`;
}
