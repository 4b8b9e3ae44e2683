import type { Warning } from '../../config/load.ts';
import type { AgentStatus } from '../../status/agent-status.ts';
import type { Looked, Part } from './needs.ts';
import type { Plan } from './plan.ts';
import { shownSize } from './shown-size.ts';

/** What `check --json` prints. */
export interface Report extends Plan {
  readonly file: string;
  /** The file that defines the streams, and what it printed; null if `file` has them itself. */
  readonly streamsFile: { readonly file: string; readonly printed: readonly string[] } | null;
  readonly needs: readonly Looked[];
  /** What an agent of this configuration that is running holds; null if none answers. */
  readonly running: Pick<AgentStatus, 'journal' | 'outbox'> | null;
  readonly warnings: readonly Warning[];
}

/** The same for people: what would run, what that needs, and what may surprise. */
export function shownReport({
  file,
  streamsFile,
  agent,
  sources,
  streams,
  hub,
  needs,
  running,
  warnings,
}: Report): string {
  const lines = [
    `${file} is valid.`,
    '',
    `agent ${agent.id} at site ${agent.site}, data in ${agent.data}, hub ${hub}`,
    ...Object.entries(sources).map(([name, { type, from }]) => `source ${name}: ${type}, ${from}`),
    ...(streamsFile
      ? [`streams of ${streamsFile.file}`, ...streamsFile.printed.map((line) => `  printed: ${line}`)]
      : []),
    ...Object.entries(streams).flatMap(([name, { from, steps, series }]) => [
      `stream ${name}: ${[from.join(', '), ...steps, 'hub'].join(' → ')}`,
      `  gives ${shownSeries(series)}`,
    ]),
    '',
    'needs',
    ...needs.flatMap(({ part, need, finding }) => {
      const line = `  ${finding.there ? '✓' : '✗'} ${nameOf(part)}: ${need}`;
      if (finding.there) return [finding.detail ? `${line}: ${finding.detail}` : line];
      return [`${line}: ${finding.reason}`, ...(finding.hint ? [`    hint: ${finding.hint}`] : [])];
    }),
    ...(running ? ['', `an agent with this configuration is running: ${holdings(running)}`] : []),
    ...warnings.flatMap(({ shown }) => ['', shown]),
  ];
  return lines.join('\n');
}

/** A line of people's width: a hundred presses are not listed. */
const SHOWN_SERIES = 4;

function shownSeries(series: readonly string[]): string {
  const more = series.length - SHOWN_SERIES;
  return [...series.slice(0, SHOWN_SERIES), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

function holdings({ journal, outbox }: NonNullable<Report['running']>): string {
  const held = (log: string, stats: { samples: number; bytes: number } | null): string[] =>
    stats ? [`${log} ${stats.samples} samples, ${shownSize(stats.bytes)}`] : [];
  return [...held('journal', journal), ...held('outbox', outbox)].join('; ') || 'it is starting';
}

function nameOf(part: Part): string {
  return part.kind === 'source' ? `source ${part.name}` : part.kind;
}
