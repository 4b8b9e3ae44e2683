import type { IngestStore } from '../src/store/ingest-store.ts';

/** The ingest side of whichever store there is at the moment: who holds it does not see restarts. */
export function ingestOf(store: () => { readonly ingest: IngestStore }): IngestStore {
  return {
    open: (hello) => store().ingest.open(hello),
    define: (definitions) => store().ingest.define(definitions),
    store: (segment, signal) => store().ingest.store(segment, signal),
    report: (report) => store().ingest.report(report),
    connected: (agent, connected, now) => store().ingest.connected(agent, connected, now),
    problem: (agent, problem) => store().ingest.problem(agent, problem),
    outboxFound: (agent, epoch) => store().ingest.outboxFound(agent, epoch),
  };
}
