import { registerHooks } from 'node:module';

/** One line of production code, changed as a mistake would: some seed must notice. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Once in the file. */
  readonly line: string;
  readonly becomes: string;
  /** Where to begin: few seeds notice, and one soon after this did last time. 1 unless given. */
  readonly from?: number;
}

export const mutations: readonly Mutation[] = [
  {
    name: 'ack-before-commit',
    file: 'cloud-hub/src/store/group-commit.ts',
    line: 'else done.push(operation);',
    becomes: 'else operation.settle();',
    from: 60,
  },
  {
    name: 'ack-one-too-many',
    file: 'cloud-hub/src/sessions/session.ts',
    line: 'this.#acks.add(lane, sequences);',
    becomes: 'this.#acks.add(lane, { ...sequences, to: sequences.to + 1 });',
  },
  {
    name: 'repeats-are-stored',
    file: 'cloud-hub/src/store/lane-progress.ts',
    line: 'if (received.covers({ from, to })) {',
    becomes: 'if (!received) {',
  },
  {
    name: 'histories-not-compared',
    file: 'edge-agent/src/uplink/compare-histories.ts',
    line: 'if (await outbox.isOwn(hub.lane, highest, hub.highestCrc)) return undefined;',
    becomes: 'if (highest > 0) return undefined;',
    from: 70,
  },
  {
    // The agent was put back, and has shed what the hub has others in the place of.
    name: 'what-was-shed-is-not-compared',
    file: 'edge-agent/src/log/outbox.ts',
    line: 'return before?.crc ?? this.#progress.lane(lane).unconfirmed.crc(sequence);',
    becomes: 'return before?.crc;',
    from: 141,
  },
  {
    name: 'done-when-sent',
    file: 'edge-agent/src/uplink/connection.ts',
    line: "call.write({ type: 'segment', lane, sequences, samples, crc, lastCrc, data, seriesBound });",
    becomes:
      "call.write({ type: 'segment', lane, sequences, samples, crc, lastCrc, data, seriesBound }); await this.#options.outbox.acknowledge(lane, [sequences]);",
    from: 33,
  },
  {
    name: 'holes-are-skipped',
    file: 'edge-agent/src/uplink/lane-plan.ts',
    line: 'const missing = new RangeSet(received).missing({ from: lowest, to: next });',
    becomes: 'const missing = new RangeSet(received).missing({ from: received.at(-1)?.to ?? lowest, to: next });',
    from: 600,
  },
  {
    name: 'joined-checksum-remembered',
    file: 'cloud-hub/src/store/lane-progress.ts',
    line: ': { to, crc: lastCrc },',
    becomes: ': { to, crc },',
  },
  {
    name: 'a-hub-put-back-is-not-noticed',
    file: 'edge-agent/src/log/waiting-segments.ts',
    line: 'if (forgotten > 0) {',
    becomes: 'if (forgotten < 0) {',
  },
  {
    name: 'half-acked-files-go',
    file: 'edge-agent/src/log/outbox-room.ts',
    line: 'return lanes.every((lane) => this.#progress.lane(lane).done.covers(this.#held.in(oldest, lane)));',
    becomes: 'return lanes.some((lane) => this.#progress.lane(lane).done.covers(this.#held.in(oldest, lane)));',
  },
];

/** Changes the source when it is loaded; returns what says whether it was. */
export function mutate(name: string): () => boolean {
  const mutation = mutations.find((one) => one.name === name);
  if (!mutation) throw new Error(`there is no mutation ${name}`);
  let done = false;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(mutation.file)) return loaded;
      const parts = String(loaded.source).split(mutation.line);
      if (parts.length !== 2) throw new Error(`${mutation.file} has "${mutation.line}" ${parts.length - 1} times`);
      done = true;
      return { ...loaded, source: parts.join(mutation.becomes) };
    },
  });
  return () => done;
}
