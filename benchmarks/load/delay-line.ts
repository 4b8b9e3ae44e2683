import { startDelayProxy } from '../../test/sync/delay-proxy.ts';

/*
 * A long line in a process of its own: node benchmarks/load/delay-line.ts PORT DELAY_MS, over IPC: tells its own port.
 */

const [port, delayMs] = process.argv.slice(2).map(Number);
const proxy = await startDelayProxy({ port, delayMs });
process.send?.({ port: proxy.port });
process.once('disconnect', () => process.exit(0));
