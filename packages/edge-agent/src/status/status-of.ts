import { describe, type Supervisor } from '@sluis/runtime';
import type { ResultsWait } from '../announced-outbox.ts';
import type { AgentConfig } from '../config/schema.ts';
import type { Engine } from '../engine.ts';
import type { DiskState, Missed, ShedCounts, ShedReason } from '../log/log.ts';
import { version } from '../version.ts';
import type { AgentStatus, StreamStatus } from './agent-status.ts';

export interface StatusParts {
  readonly agent: AgentConfig['agent'];
  readonly engine: Supervisor<Engine>;
  readonly uptimeMs: number;
}

/** Asks each part; a part that is being restarted is shown as absent, with the reason. */
export async function statusOf({ agent, engine, uptimeMs }: StatusParts): Promise<AgentStatus> {
  const about = { id: agent.id, site: agent.site, version, uptimeSeconds: Math.floor(uptimeMs / 1000) };
  const current = engine.current;
  if (!current) return { ...absent(about), problems: [engine.failure ?? 'starting'] };
  try {
    const { storage, uplink } = current;
    const [{ sources, streams, wait }, journal, outbox, disk] = await Promise.all([
      current.pipeline(),
      storage.journal.stats(),
      storage.outbox.stats(),
      storage.disk.state(),
    ]);
    const { acked } = outbox;
    const shed = (reason: ShedReason): number => {
      const bySource = Object.values(journal.shed).map((reasons) => reasons[reason]?.samples ?? 0);
      return bySource.reduce((sum, samples) => sum + samples, outbox.shed[reason].samples);
    };
    return {
      agent: about,
      sources: mapValues(sources, (source, name) => ({ ...source, shed: samplesOf(journal.shed[name]) })),
      streams: mapValues(streams, (stream, name) => ({
        ...(wait ? waiting(stream) : stream),
        missed: journal.missed[name] ?? null,
      })),
      journal,
      outbox,
      disk,
      uplink: {
        state: uplink.state,
        detail: uplink.detail,
        acked: acked.samples,
        limit: uplink.limit,
        held: uplink.held,
      },
      shed: lost({
        damaged: journal.damaged.samples + outbox.damaged.samples,
        refused: outbox.refused.samples,
        quota: shed('quota'),
        age: shed('age'),
        disk: shed('disk'),
      }),
      problems: [
        ...(uplink.state === 'refused' ? [`the hub refuses this agent: ${uplink.detail}`] : []),
        ...(disk.full ? [fullDisk(disk, agent.data)] : []),
        ...(wait && !disk.full ? [outboxRefuses(wait)] : []),
        ...Object.entries(sources).flatMap(([name, { state, detail }]) =>
          state === 'degraded' || state === 'waiting'
            ? [`source ${name} is ${state}${detail ? `: ${detail}` : ''}`]
            : [],
        ),
        ...Object.entries(streams).flatMap(([name, { failure }]) =>
          failure ? [faultedStream(name, failure, journal.missed[name])] : [],
        ),
      ],
    };
  } catch (error) {
    return { ...absent(about), problems: [describe(error)] };
  }
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
