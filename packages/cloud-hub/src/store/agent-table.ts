import type { GapTable } from './gap-table.ts';
import type { AgentReport, AgentRow, DroppedSamples, DropReason } from './ingest-store.ts';
import { ORGANISATION } from './organisation.ts';
import type { Statements } from './statements.ts';

/**
 * Agents as people see them. Totals and what was last heard are rows; who is connected and what sessions find wrong is
 * true of this life of the store only, and no part of its transactions.
 */
export class AgentTable {
  readonly #statements: Statements;
  readonly #gaps: GapTable;
  readonly #connected = new Set<string>();
  readonly #problems = new Map<string, string>();

  constructor(statements: Statements, gaps: GapTable) {
    this.#statements = statements;
    this.#gaps = gaps;
  }

  connected(agent: string, connected: boolean, now: number): void {
    if (connected) this.#connected.add(agent);
    else this.#connected.delete(agent);
    this.#statements.seen.run(now, ORGANISATION, agent);
  }

  problem(agent: string, problem: string | null): void {
    if (problem === null) this.#problems.delete(agent);
    else this.#problems.set(agent, problem);
  }

  reported({ agent, backlogSamples, backlogBytes, now }: AgentReport): void {
    // A store that was started again hears of a connection that went on by its next report.
    this.#connected.add(agent);
    this.#statements.putBacklog.run({ organisation: ORGANISATION, agent, backlogSamples, backlogBytes, now });
  }

  /** A segment of an agent was stored. */
  stored(agent: string, samples: number, bytes: number): void {
    this.#statements.addTotals.run({ organisation: ORGANISATION, agent, samples, bytes });
  }

  /** Samples of a stored segment that queries will not see. */
  dropped(agent: string, reason: DropReason, samples: number): void {
    this.#statements.addDropped.run({ organisation: ORGANISATION, agent, reason, samples });
  }

  all(): AgentRow[] {
    const gaps = this.#gaps.byAgent();
    const dropped = Map.groupBy(this.#statements.dropped.all(ORGANISATION), ({ agent }) => agent);
    return this.#statements.agents.all(ORGANISATION).map((row) => ({
      id: row.id,
      site: row.site,
      software: row.software,
      connected: this.#connected.has(row.id),
      lastSeen: row.last_seen,
      problem: this.#problems.get(row.id) ?? null,
      acked: { samples: row.samples, segments: row.segments, bytes: row.bytes },
      dropped: Object.fromEntries(
        (dropped.get(row.id) ?? []).map(({ reason, samples }) => [reason, samples]),
      ) satisfies DroppedSamples,
      backlog: { samples: row.backlog_samples, bytes: row.backlog_bytes },
      gaps: [...(gaps.get(row.id) ?? []), ...this.#gaps.lossesOf(row.id)],
    }));
  }
}
