import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { AgentProgram, runToEnd } from './processes.ts';
import { until } from './until.ts';

/** Stands in a path, which the source tells when it cannot read the file; the quote would break JSON that is cut up as text. */
const SECRET = 'geheim"4711';

async function agentWithSecret(folder: string, env: NodeJS.ProcessEnv): Promise<AgentProgram> {
  const status = await freePort();
  const config = join(folder, 'agent.yaml');
  mkdirSync(join(folder, 'secrets'), { recursive: true });
  writeFileSync(join(folder, 'secrets', 'token'), SECRET);
  writeFileSync(
    config,
    `agent: { id: press-1, site: lab, data: ./agent-data, status: 127.0.0.1:${status} }
hub: { url: grpc://127.0.0.1:1 }
sources: { broker: { type: mqtt, url: mqtts://127.0.0.1:1, topics: ['#'], ca: './ca-\${secret:token}.pem' } }
streams: { raw: { from: broker } }
`,
  );
  return new AgentProgram({ config, status, env });
}

test('to a program the log is JSON: each part is named, and no secret is in it', async () => {
  await using folder = await temporaryFolder();
  await using agent = await agentWithSecret(folder.path, {});
  await agent.start();
  const told = await until('the source says what it lacks', () =>
    agent.logged().find(({ source, msg }) => source === 'broker' && msg.includes('ENOENT')),
  );
  expect(told).toMatchObject({ name: 'sluis-agent', part: 'pipeline', level: 40 });
  expect(told.msg).toContain('ca-[redacted].pem');
  await until('the uplink says what it lacks', () => agent.logged().some(({ part }) => part === 'uplink'));
  expect((await agent.stop()).code).toBe(0);
  for (const line of agent.stderr.trim().split('\n')) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
  expect(agent.stderr).not.toContain('geheim');
});

test('for people it is pretty, of the level that they ask for', async () => {
  await using folder = await temporaryFolder();
  await using agent = await agentWithSecret(folder.path, { SLUIS_LOG_FORMAT: 'pretty', SLUIS_LOG_LEVEL: 'warn' });
  await agent.start();
  await until('the source says what it lacks', () => /WARN: source broker is degraded: .*ENOENT/.test(agent.stderr));
  await agent.stop();
  expect(agent.logged()).toEqual([]);
  expect(agent.stderr).not.toMatch(/INFO|geheim/);
});

test.each(['hub', 'agent'] as const)('a level that there is not: the %s names those that there are', async (which) => {
  const config = which === 'agent' ? ['-c', 'agent.yaml'] : [];
  const { code, stderr } = await runToEnd(which, ['run', ...config, '--log-level', 'loud']);
  expect(code).not.toBe(0);
  expect(stderr).toContain("'loud' is invalid. Allowed choices are trace, debug, info, warn, error.");
});
