import { describe } from '@sluis/runtime';
import type { ResultsWait } from '../announced-outbox.ts';
import type { AgentConfig } from '../config/schema.ts';
import type { Engine } from '../engine.ts';
import type { DiskState, Missed, ShedCounts, ShedReason } from '../log/log.ts';
import { version } from '../version.ts';
import type { AgentStatus, StreamStatus } from './agent-status.ts';
import type { Known } from './last-known.ts';

/** For so long a part is waited for; a disk that is only slow at times has answered by then. */
const ANSWERED_MS = 1000;

type ShownEngine = Pick<Engine, 'stored' | 'pipeline'> & {
  readonly uplink: Pick<Engine['uplink'], 'state' | 'detail' | 'limit' | 'held'>;
};

export interface StatusParts {
  readonly agent: AgentConfig['agent'];
  /** `current` is undefined between its lives; `failure` says why. */
  readonly engine: { readonly current: ShownEngine | undefined; readonly failure: string | undefined };
  readonly uptimeMs: number;
}

/**
 * Asks each part. One that does not answer in time is shown as it was known last, and the problems say so; one that is
 * being restarted is shown as absent, with the reason.
 */
export async function statusOf({ agent, engine, uptimeMs }: StatusParts): Promise<AgentStatus> {
  const about = { id: agent.id, site: agent.site, version, uptimeSeconds: Math.floor(uptimeMs / 1000) };
  const current = engine.current;
  if (!current) return { ...absent(about), problems: [engine.failure ?? 'starting'] };
  try {
    const { uplink } = current;
    const [pipeline, stored] = await Promise.all([current.pipeline.get(ANSWERED_MS), current.stored.get(ANSWERED_MS)]);
    const { sources = {}, streams = {}, wait = null } = pipeline.value ?? {};
    const { journal = null, outbox = null, disk = null } = stored.value ?? {};
    const shed = (reason: ShedReason): number => {
      const bySource = Object.values(journal?.shed ?? {}).map((reasons) => reasons[reason]?.samples ?? 0);
      return bySource.reduce((sum, samples) => sum + samples, outbox?.shed[reason].samples ?? 0);
    };
    return {
      agent: about,
      sources: mapValues(sources, (source, name) => ({ ...source, shed: samplesOf(journal?.shed[name]) })),
      streams: mapValues(streams, (stream, name) => ({
        ...(wait ? waiting(stream) : stream),
        missed: journal?.missed[name] ?? null,
      })),
      journal,
      outbox,
      disk,
      uplink: {
        state: uplink.state,
        detail: uplink.detail,
        acked: outbox?.acked.samples ?? 0,
        limit: uplink.limit,
        held: uplink.held,
      },
      shed: lost({
        damaged: (journal?.damaged.samples ?? 0) + (outbox?.damaged.samples ?? 0),
        refused: outbox?.refused.samples ?? 0,
        quota: shed('quota'),
        age: shed('age'),
        disk: shed('disk'),
      }),
      problems: [
        ...late('storage', 'journal, outbox, disk and what was acked or shed', stored),
        ...late('pipeline', 'sources and streams', pipeline),
        ...(uplink.state === 'refused' ? [`the hub refuses this agent: ${uplink.detail}`] : []),
        ...(disk?.full ? [fullDisk(disk, agent.data)] : []),
        ...(wait && !disk?.full ? [outboxRefuses(wait)] : []),
        ...Object.entries(sources).flatMap(([name, { state, detail }]) =>
          state === 'degraded' || state === 'waiting'
            ? [`source ${name} is ${state}${detail ? `: ${detail}` : ''}`]
            : [],
        ),
        ...Object.entries(streams).flatMap(([name, { failure }]) =>
          failure ? [faultedStream(name, failure, journal?.missed[name])] : [],
        ),
      ],
    };
  } catch (error) {
    return { ...absent(about), problems: [describe(error)] };
  }
}

/** That a part has not answered, so that its figures are old. */
function late(part: string, figures: string, { value, ageMs, waitingMs }: Known<unknown>): string[] {
  if (waitingMs === 0) return [];
  const why = part === 'storage' ? ', as with a slow disk' : '';
  const shown = value === undefined ? 'are not known yet' : `are as they were ${seconds(ageMs)} s ago`;
  return [`the ${part} has not answered for ${seconds(waitingMs)} s${why}: ${figures} ${shown}`];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function faultedStream(
  name: string,
  { since, reason }: NonNullable<StreamStatus['failure']>,
  missed: Missed | undefined,
): string {
  const kept = missed
    ? `the journal had no room for all that it needs: it misses ${missed.entries} entries with ${missed.samples} samples since ${isoTime(missed.since)}`
    : 'the journal keeps what it needs';
  return `stream ${name} has faulted since ${isoTime(since)} and is tried again (${reason}): ${kept}`;
}

function fullDisk({ since }: DiskState, folder: string): string {
  const time = since === null ? '' : ` since ${isoTime(since)}`;
  return `the disk with ${folder} is full${time}: make space, and all goes on by itself`;
}

function outboxRefuses({ since, reason }: ResultsWait): string {
  return `the outbox takes no results since ${isoTime(since)}, so that streams wait, and sources once the journal is full: ${reason}`;
}

/** As a stream is shown while the outbox takes nothing: what it has not handed over waits. */
function waiting(stream: StreamStatus): StreamStatus {
  return stream.state !== 'faulted' && stream.lag > 0 ? { ...stream, state: 'waiting' } : stream;
}

function isoTime(us: number): string {
  return new Date(us / 1000).toISOString();
}

function samplesOf(reasons: ShedCounts[string] = {}): number {
  return Object.values(reasons).reduce((sum, { samples }) => sum + samples, 0);
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value, key)]));
}

/** Only the reasons for which something was given up. */
function lost(reasons: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(reasons).filter(([, samples]) => samples > 0));
}

function absent(agent: AgentStatus['agent']): Omit<AgentStatus, 'problems'> {
  return {
    agent,
    sources: {},
    streams: {},
    journal: null,
    outbox: null,
    disk: null,
    uplink: { state: 'connecting', detail: null, acked: 0, limit: null, held: null },
    shed: {},
  };
}
