import type { Sent } from '../../e2e/load.ts';
import { type HonestLatency, HonestClients } from './honest-clients.ts';

/*
 * `honest-process.ts URL SEED`: honest clients in a process of their own, so that what attackers do to their own process is
 * not taken for the victim's slowness. It answers `'latency'` by how long acknowledgements took, and `'stop'` by its book
 * once the last body is acknowledged.
 */

export type HonestOrder = 'latency' | 'stop';
export type HonestAnswer = { readonly latency: HonestLatency } | { readonly acknowledged: Sent['acknowledged'] };

const [url, seed] = process.argv.slice(2);
const clients = new HonestClients({ url, seed: Number(seed) });

process.on('message', (order: HonestOrder) => {
  if (order === 'latency') return answer({ latency: clients.latency() });
  void clients.stop().then(() => answer({ acknowledged: clients.sent.acknowledged }));
});
process.on('disconnect', () => process.exit());

function answer(message: HonestAnswer): void {
  process.send?.(message);
}
