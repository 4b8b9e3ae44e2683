import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Site } from './site.ts';

const LINES = 500;
/** ns. */
const START = 1_700_000_000_000_000_000n;

/** Temperatures from number `from` on, a ms apart. */
function lines(from: number, values: readonly number[]): string {
  return values.map((value, i) => `oven temperature=${value} ${START + BigInt(from + i) * 1_000_000n}`).join('\n');
}

test('alarms overtake a backlog of data, and leave where no data may', async () => {
  await using site = await Site.open({
    flow: ({ host, lines }) => `
sources: { http: { type: line-protocol, http: ${host}:${lines} } }
streams:
  raw: { from: http }
  watch: { from: http, steps: [ { alarm: { hot: { above: 80, deadband: 5, priority: high } } } ] }
`,
  });
  const { agent, hub, api } = site;
  // At this limit the data waits for as long as a test wants.
  const config = readFileSync(site.config, 'utf8');
  writeFileSync(site.config, config.replace(/^hub: \{(.*)\}$/m, 'hub: {$1, limit: 0B }'));
  await Promise.all([hub.start(), agent.start()]);

  expect(
    (
      await site.write(
        lines(
          0,
          Array.from({ length: LINES }, () => 20),
        ),
      )
    ).status,
  ).toBe(204);
  await site.status('the data waits', ({ outbox }) => (outbox?.samples ?? 0) >= LINES);
  expect((await site.write(lines(LINES, [81, 79, 74]))).status).toBe(204);
  await site.stored('lab/oven/temperature/watch/hot', 3);
  await site.stored('lab/oven/temperature/watch/hot/priority', 3);
  const held = await api.series('lab/oven/temperature');
  expect(held.map(({ samples }) => samples)).toEqual([0]);

  writeFileSync(site.config, config);
  await agent.stop();
  await agent.start();
  await site.stored('lab/oven/temperature', LINES + 3);
  await site.stored('lab/oven/temperature/watch/hot', 3);
});
