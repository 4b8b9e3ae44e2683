import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { planOf } from './check/plan.ts';
import { shownReport } from './check/report.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluis-check-'));
  file = join(folder, 'agent.yaml');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const entry = join(import.meta.dirname, 'sluis-agent.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, 'check', '-c', file, ...options], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

test('the plan names what is read, done and given', () => {
  writeFileSync(
    file,
    `agent: { id: press-1, site: lab }
hub: { url: grpc://127.0.0.1:7443 }
sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:8094 }
  mqtt: { type: mqtt, url: mqtt://127.0.0.1:1883, topics: ['plant/+/state', 'hall/#'] }
streams:
  raw: { from: [tcp, mqtt], as: twin }
  ten:
    from: mqtt
    steps:
      - where: value < 500.0
      - deadband: 0.05
      - window: { every: 10s, aggregate: [mean, max] }
`,
  );
  const { sources, streams } = planOf(loadConfig(file));
  expect(sources).toEqual({
    tcp: { type: 'line-protocol', from: 'TCP at 127.0.0.1:8094', series: ['lab/**'] },
    mqtt: {
      type: 'mqtt',
      from: 'plant/+/state, hall/# at mqtt://127.0.0.1:1883',
      series: ['lab/plant/*/state/**', 'lab/hall/**'],
    },
  });
  expect(streams).toEqual({
    raw: { from: ['tcp', 'mqtt'], steps: [], series: ['lab/twin/**', 'lab/twin/plant/*/state/**', 'lab/twin/hall/**'] },
    ten: {
      from: ['mqtt'],
      steps: ['where value < 500.0', 'deadband 0.05', 'window { every: 10s, aggregate: [ mean, max ] }'],
      series: ['lab/plant/*/state/**/ten/{mean,max}', 'lab/hall/**/ten/{mean,max}'],
    },
  });
});

test('the plan says of results what is known of their names', () => {
  writeFileSync(
    file,
    `agent: { id: press-1, site: lab }
hub: { url: grpc://127.0.0.1:7443 }
sources:
  mqtt: { type: mqtt, url: mqtt://127.0.0.1:1883, topics: ['hall/#'] }
streams:
  flow: { from: mqtt, steps: [ { rate: { per: 1s } }, { deadband: 1 } ] }
  sum: { from: mqtt, steps: [ { group: { by: 'lab/hall/*/power', as: lab/power, every: 10s, aggregate: [sum] } } ] }
  names: { from: mqtt, steps: [ { rename: [ { from: 'lab/hall/**', to: 'lab/{1}' } ] } ], as: all }
`,
  );
  const { streams } = planOf(loadConfig(file));
  expect(Object.values(streams).map(({ series }) => series)).toEqual([['lab/hall/**/flow/**'], ['**/sum/**'], ['**']]);
});

test('a report shows each need with what to do about it, then the warnings', () => {
  const report = shownReport({
    file: 'agent.yaml',
    streamsFile: { file: './sluis.config.ts', printed: ['2 presses'] },
    agent: { id: 'a', site: 'lab', data: '/data' },
    sources: { tcp: { type: 'line-protocol', from: 'TCP at 127.0.0.1:1', series: ['lab/**'] } },
    streams: { raw: { from: ['tcp'], steps: ['deadband 1'], series: ['1', '2', '3', '4', '5', '6'] } },
    hub: 'grpc://127.0.0.1:7443',
    needs: [
      { part: { kind: 'source', name: 'tcp' }, need: 'port 127.0.0.1:1', finding: { there: true, detail: 'free' } },
      {
        part: { kind: 'hub' },
        need: 'hub 127.0.0.1:7443',
        finding: { there: false, reason: 'refused', hint: 'start it' },
      },
    ],
    running: null,
    warnings: [{ rule: 'r', line: 1, column: 1, message: 'm', hint: 'h', shown: 'agent.yaml:1:1: warning: m' }],
  });
  expect(report).toBe(`agent.yaml is valid.

agent a at site lab, data in /data, hub grpc://127.0.0.1:7443
source tcp: line-protocol, TCP at 127.0.0.1:1
streams of ./sluis.config.ts
  printed: 2 presses
stream raw: tcp → deadband 1 → hub
  gives 1, 2, 3, 4, and 2 more

needs
  ✓ source tcp: port 127.0.0.1:1: free
  ✗ hub: hub 127.0.0.1:7443: refused
    hint: start it

agent.yaml:1:1: warning: m`);
});

test('what is missing is told without failing, unless that is asked for, and no secret is shown', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address() as AddressInfo;
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets', 'broker'), 'S3cretPW');
  // Nothing listens at port 1 of a machine without tcpmux.
  writeFileSync(
    file,
    `agent: { id: press-1, site: lab, data: ./data, status: 127.0.0.1:0 }
hub: { url: grpc://127.0.0.1:1 }
journal: { quota: 1MiB }
outbox: { quota: 1MiB }
sources:
  tcp: { type: line-protocol, listen: 127.0.0.1:${port} }
  mqtt: { type: mqtt, url: mqtt://127.0.0.1:1, topics: [a], username: u, password: '\${secret:broker}' }
streams:
  raw: { from: tcp }
`,
  );
  const [shown, json] = await Promise.all([run(), run('--json', '--strict')]);
  busy.close();
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toContain('warning: no stream reads "mqtt"');
  expect(json.code).toBe(1);
  const report = JSON.parse(json.stdout);
  const needs = report.needs.map(({ need, finding }: { need: string; finding: { there: boolean } }) => [
    need,
    finding.there,
  ]);
  expect(needs).toEqual([
    [`folder ${folder}/data`, true],
    [`3 MiB in ${folder}/data`, true],
    ['port 127.0.0.1:0', true],
    [`secret ${folder}/secrets/broker`, true],
    [`port 127.0.0.1:${port}`, false],
    ['broker 127.0.0.1:1', false],
    ['hub 127.0.0.1:1', false],
  ]);
  expect(report.warnings).toMatchObject([{ rule: 'source-unread', line: 7, column: 9 }]);
  expect(shown.stdout + json.stdout).not.toContain('S3cretPW');
});

test('what is wrong with the configuration ends it with 78', async () => {
  writeFileSync(file, 'agent: { id: a, site: lab }\nhub: { url: grpc://127.0.0.1:1, x: 1 }\n');
  const { code, stderr } = await run('--json');
  expect(code).toBe(78);
  expect(stderr).toContain('unknown key "x"');
});
