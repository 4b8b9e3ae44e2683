import { startStore } from '../../packages/cloud-hub/src/start-store.ts';
import { silentLog } from '../../packages/cloud-hub/test/temporary-store.ts';
import { kinds, sendAll, type Workload } from './workload.ts';

/** Stores a workload in a folder, says each segment that is acknowledged, and goes on with what it keeps until it is killed. */
const [directory, json] = process.argv.slice(2);
const workload = JSON.parse(json) as Workload;
await using store = await startStore({ directory, log: silentLog(), limits: kinds[workload.kind].limits });
await sendAll(store.ingest, workload, (segment) => console.log(segment));
await new Promise(() => setInterval(() => undefined, 1_000));
