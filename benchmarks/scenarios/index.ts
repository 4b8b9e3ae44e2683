import type { Scenario } from '../scenario.ts';

/** One line per scenario. Each is imported only where it is listed or run, so that none pays for what another loads. */
export const scenarios: readonly Entry[] = [
  { name: 'codec', load: async () => (await import('./codec.ts')).codec },
  { name: 'parse', load: async () => (await import('./parse.ts')).parse },
  { name: 'stream', load: async () => (await import('./stream.ts')).stream },
  { name: 'journal', load: async () => (await import('./journal.ts')).journal },
  { name: 'nab', load: async () => (await import('./nab.ts')).nab },
  { name: 'end-to-end', load: async () => (await import('./end-to-end.ts')).endToEnd },
  { name: 'steady', load: async () => (await import('./steady.ts')).steady },
  { name: 'steady-small', load: async () => (await import('./steady-small.ts')).steadySmall },
  { name: 'uplink', load: async () => (await import('./uplink.ts')).uplink },
  { name: 'start', load: async () => (await import('./start.ts')).start },
  { name: 'growth', load: async () => (await import('./growth.ts')).growth },
  { name: 'backlog', load: async () => (await import('./backlog.ts')).backlog },
  { name: 'hub-store', load: async () => (await import('./hub-store.ts')).hubStore },
  { name: 'peers', load: async () => (await import('./peers.ts')).peers },
];

export interface Entry {
  /** The name of the scenario that it loads. */
  readonly name: string;
  load(): Promise<Scenario>;
}
