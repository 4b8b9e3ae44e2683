import { expect, test } from 'vitest';
import { Site, plainFlow } from './site.ts';
import { until } from './until.ts';

const TIMEOUT_MS = 90_000;
const SERIES = 'lab/noise';
/** µs. */
const START = 1_700_000_000_000_000;
const PER_WRITE = 5_000;
const WRITES = 40;

test(
  'what an agent sheds while its hub is away is counted exactly, by the agent, in the list of agents, and in answers',
  { timeout: TIMEOUT_MS },
  async () => {
    await using site = await Site.open({
      flow: (ports) => `outbox: { quota: 1MiB, whenFull: shed-oldest }\n${plainFlow(ports)}`,
    });
    const { agent, api, hub } = site;
    await agent.start();
    for (let n = 0; n < WRITES; n++) {
      // Values that do not compress, so that a small outbox is soon full.
      const lines = Array.from({ length: PER_WRITE }, (_, i) => {
        const index = n * PER_WRITE + i;
        return `noise value=${Math.sin(index) * Math.E} ${START + index * 1000}000`;
      });
      expect((await site.write(lines.join('\n'))).status).toBe(204);
    }
    await site.status('all is through the streams', ({ streams }) =>
      Object.values(streams).every(({ lag }) => lag === 0),
    );
    await hub.start();
    await agent.drained();
    const { shed } = await agent.status();
    expect(shed.quota).toBeGreaterThan(0);

    const gaps = await until('the hub lists all that was shed', async () => {
      const [row] = await api.agents();
      const listed = row.gaps.filter(({ reason }) => reason === 'quota');
      return listed.reduce((sum, { samples }) => sum + (samples ?? 0), 0) === shed.quota ? listed : undefined;
    });
    const { rows, gaps: said } = await api.samples(SERIES);
    expect(rows.length + shed.quota).toBe(PER_WRITE * WRITES);
    expect(said).toEqual(
      gaps.map(({ firstTime: from, lastTime: to, samples, reason }) => ({
        from,
        to,
        samples,
        reason,
        agent: 'press-1',
      })),
    );
    // The oldest went, and the gap ends where the rows begin.
    expect(gaps[0].firstTime).toBe(START);
    expect(gaps.at(-1)?.lastTime).toBe(Number(rows[0][0]) - 1000);
    const later = await api.samples(SERIES, { from: String(rows[0][0]) });
    expect(later.gaps).toEqual([]);
  },
);
