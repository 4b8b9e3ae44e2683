import { areSame, isSample, type Line, type Sample } from './sample.ts';
import { type Disturbance, play, type Played, type Subject } from './play.ts';
import { stepsOf, type TimeOptions } from './steps.ts';
import { format, formatTime } from './text-form.ts';

const MOST_LINES_SHOWN = 20;

/**
 * Says in words where a disturbance changes what an operator does, if it does: the first lines after which it does, and what was
 * emitted then. `undisturbed` is what the same lines led to, by rule without any disturbance, otherwise with `other`.
 */
export function differenceOf<Config>(
  subject: Subject<Config>,
  lines: readonly Line[],
  undisturbed: Played,
  disturbance: Disturbance,
  other: Disturbance = {},
): string | undefined {
  if (!difference(undisturbed, play(subject, lines, disturbance))) return undefined;
  const differs = (length: number): boolean => {
    const prefix = lines.slice(0, length);
    return difference(play(subject, prefix, other), play(subject, prefix, disturbance)) !== undefined;
  };
  // What the first lines led to stays as it was when more come.
  let fewest = 1;
  let length = lines.length;
  while (fewest < length) {
    const middle = (fewest + length) >>> 1;
    if (differs(middle)) length = middle;
    else fewest = middle + 1;
  }
  const prefix = lines.slice(0, length);
  const expected = play(subject, prefix, other);
  const found = play(subject, prefix, disturbance);
  return [
    `after these ${length} of ${lines.length} lines:`,
    ...shortened(annotated(prefix, disturbance, subject.options), 'last'),
    ...(difference(expected, found) ?? ['(not each time: something outlasts the instance)']),
  ].join('\n');
}

/** Where two runs differ, in lines for people. */
export function difference(expected: Played, found: Played): string[] | undefined {
  const block = expected.blocks.findIndex((samples, i) => !areAllSame(samples, found.blocks[i]));
  if (block !== -1) {
    const [undisturbed, disturbed] = [expected.blocks[block], found.blocks[block]];
    const from = Math.max(
      0,
      undisturbed.findIndex((sample, i) => !disturbed[i] || !areSame(sample, disturbed[i])),
    );
    return [
      'expected, as without that:',
      ...shown(undisturbed.slice(from)),
      'emitted:',
      ...shown(disturbed.slice(from)),
    ];
  }
  for (const [i, watermarks] of expected.watermarks.entries()) {
    const [undisturbed, disturbed] = [watermarks, found.watermarks[i]].map(textOfWatermarks);
    if (undisturbed !== disturbed) return [`watermarks ${disturbed}, expected ${undisturbed}`];
  }
  const counts = [expected.counts, found.counts].map((counts) => JSON.stringify(Object.entries(counts).sort()));
  if (counts[0] === counts[1]) return undefined;
  return [`counted ${counts[1]}, expected ${counts[0]}`];
}

function textOfWatermarks(watermarks: ReadonlyMap<string, number>): string {
  const sorted = [...watermarks].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length === 0 ? '(none)' : sorted.map(([series, time]) => `${series} ${formatTime(time)}`).join(', ');
}

function areAllSame(a: readonly Sample[], b: readonly Sample[]): boolean {
  return a.length === b.length && a.every((sample, i) => areSame(sample, b[i]));
}

function shown(samples: readonly Sample[]): string[] {
  return samples.length === 0
    ? ['  (nothing)']
    : shortened(
        samples.map((sample) => `  ${format([sample])}`),
        'first',
      );
}

function annotated(lines: readonly Line[], { cuts, before }: Disturbance, options: TimeOptions): string[] {
  const starts = new Set(stepsOf(lines, options).map(({ places }) => places[0]));
  return lines.flatMap((line, i) => {
    const cut = isSample(line) ? (cuts?.(i) ?? 0) : 0;
    const isStart = starts.has(i);
    const event = i > 0 && (isStart || cut > 0) ? notesOf[before?.(i) ?? 'nothing'] : undefined;
    const notes = [(isStart ? cut > 0 : cut > 1) && '# an empty batch', cut > 0 && '# a new batch', event];
    return [...notes.filter((note) => typeof note === 'string'), format([line])].map((text) => `  ${text}`);
  });
}

const notesOf = { nothing: undefined, snapshot: '# a snapshot', restore: '# restored, with other ids' } as const;

function shortened(lines: readonly string[], end: 'first' | 'last'): string[] {
  if (lines.length <= MOST_LINES_SHOWN) return [...lines];
  const dots = `  # … ${lines.length - MOST_LINES_SHOWN} more`;
  return end === 'first' ? [...lines.slice(0, MOST_LINES_SHOWN), dots] : [dots, ...lines.slice(-MOST_LINES_SHOWN)];
}
