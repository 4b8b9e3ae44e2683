import { temporaryFolder } from '../temporary-folder.ts';
import { temporaryStore } from '../temporary-store.ts';
import type { StoreLimits } from '../../src/start-store.ts';
import { describeStore } from './describe-store.ts';
import type { ConformanceLimits, StorePlace } from './store-under-test.ts';

function place(limits: ConformanceLimits & Partial<StoreLimits>): StorePlace {
  const folder = temporaryFolder();
  return {
    async start() {
      const hub = await temporaryStore({ directory: folder.path, limits });
      return {
        ingest: hub.ingest,
        get: (path, signal) => fetch(hub.url + path, { signal }),
        compact: () => hub.store.compactAll(),
        [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
      };
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

describeStore('the local store', place);
