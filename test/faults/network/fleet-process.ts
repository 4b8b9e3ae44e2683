import { randomBytes } from 'node:crypto';
import { Uplink } from '@sluis/edge-agent/uplink';
import pino from 'pino';
import { MemoryOutbox } from '../../sync/memory-outbox.ts';

/*
 * `fleet-process.ts ADDRESS FIRST COUNT`: so many agents in one process, of which each is a production uplink with an
 * outbox in memory. It answers `{append: n}` by appending n segments to each, and `'state'` by what they are at.
 */

/** What the process says of its agents. */
export interface FleetState {
  readonly connected: number;
  /** Of which all that was appended is acked. */
  readonly drained: number;
  /** Segments appended to each. */
  readonly appended: number;
  /** When each was connected last, in ms since 1970, 0: not now. */
  readonly connectedAt: readonly number[];
  readonly rss: number;
}

export type FleetOrder = { readonly append: number } | 'state';

const LOOK_MS = 5;

const [address, first, count] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const fleet = Array.from({ length: Number(count) }, (_, i) => {
  const id = Number(first) + i;
  const outbox = new MemoryOutbox();
  outbox.definitionsOf = [{ path: `lab/fleet-${id}/value`, unit: '' }];
  const uplink = new Uplink({
    address,
    agent: `fleet-${id}`,
    site: 'lab',
    software: 'a fault test',
    instance: randomBytes(16).toString('hex'),
    bandwidth: { schedule: [], zone: 'UTC' },
    outbox,
    journal: outbox.journal,
    log,
    now: () => Date.now() * 1000,
  });
  uplink.start();
  return { uplink, outbox, connectedAt: 0 };
});
let appended = 0;

setInterval(() => {
  for (const one of fleet) {
    const isConnected = one.uplink.state === 'connected';
    if (isConnected !== one.connectedAt > 0) one.connectedAt = isConnected ? Date.now() : 0;
  }
}, LOOK_MS);

process.on('message', (order: FleetOrder) => {
  if (order === 'state') return void process.send?.(state());
  appended += order.append;
  for (const { outbox, uplink } of fleet) {
    for (let n = 0; n < order.append; n++) outbox.appendRow();
    uplink.grown();
  }
});
process.on('disconnect', () => process.exit());

function state(): FleetState {
  return {
    connected: fleet.filter(({ uplink }) => uplink.state === 'connected').length,
    drained: fleet.filter(({ outbox }) => outbox.ackedRanges.covers({ from: 1, to: appended + 1 })).length,
    appended,
    connectedAt: fleet.map(({ connectedAt }) => connectedAt),
    rss: process.memoryUsage.rss(),
  };
}
