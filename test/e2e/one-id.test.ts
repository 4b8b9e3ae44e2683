import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from './free-port.ts';
import { AgentProgram } from './processes.ts';
import { Site } from './site.ts';
import { until } from './until.ts';

/** µs. */
const START = 1_700_000_000_000_000;

test('two agents with one id are told apart: both say so, the hub too, and when one is stopped nothing of either is lost', async () => {
  await using site = await Site.start();
  const { agent: first, api, hub } = site;
  const write = async (port: number, series: string, from: number): Promise<void> => {
    const body = Array.from({ length: 100 }, (_, i) => `${series} value=${from + i} ${START + from + i}000`).join('\n');
    const response = await fetch(`http://127.0.0.1:${port}/api/v2/write`, { method: 'POST', body });
    expect(response.status).toBe(204);
  };
  await write(site.ports.lines, 'first', 0);
  await site.stored('lab/first', 100);

  // Another folder, the same id.
  const [status, lines] = await Promise.all([freePort(), freePort()]);
  const config = join(site.folder, 'second.yaml');
  writeFileSync(
    config,
    `agent: { id: press-1, site: lab, data: ./second-data, status: 127.0.0.1:${status} }
hub: { url: grpc://127.0.0.1:${site.ports.grpc} }
sources: { http: { type: line-protocol, http: 127.0.0.1:${lines} } }
streams: { raw: { from: http } }
`,
  );
  await using second = new AgentProgram({ config, status });
  await second.start();
  const told = /two agents have the id press-1/;
  const refused = await until('one of the two is refused as one of two', async () => {
    for (const agent of [first, second]) {
      const { problems } = await agent.status();
      if (problems.some((problem) => told.test(problem))) return agent;
    }
    return undefined;
  });
  await until('the hub shows it', async () => told.test((await api.agents())[0].problem ?? ''));
  await until('both have said it in their logs', () =>
    [hub, refused].every((program) => program.logged().some(({ msg }) => told.test(msg))),
  );
  expect(hub.logged().filter(({ msg, level }) => level === 50 && told.test(msg))).toHaveLength(1);

  await Promise.all([write(site.ports.lines, 'first', 100), write(lines, 'second', 0)]);
  const other = refused === first ? second : first;
  await other.drained();
  await other.stop();
  await site.stored('lab/first', 200);
  await site.stored('lab/second', 100);
  expect((await api.agents())[0].gaps).toEqual([]);
});
