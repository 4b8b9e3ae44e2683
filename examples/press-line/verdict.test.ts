import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { AgentClient } from './agent-client.ts';
import { WINDOW_US } from './expectations.ts';
import { HubClient } from './hub-client.ts';
import { Ledger } from './ledger.ts';
import { Percentiles } from './percentiles.ts';
import { judge } from './verdict.ts';

const power = 'lab/press-1/process/power';
const state = 'lab/press-1/state/state';

/** What a hub has when nothing went wrong: CSV rows by series. */
const whole: Readonly<Record<string, readonly string[]>> = {
  [power]: ['1,12.5,good', '2,13.5,good', `${WINDOW_US},4,good`],
  [state]: ['1,"say ""idle""",good'],
  'lab/load/press-1/process/power': ['1,12.5,good', '2,13.5,good'],
  [`${power}/windows/count`]: ['0,2,good'],
  [`${power}/windows/mean`]: ['0,13,good'],
  [`${power}/windows/min`]: ['0,12.5,good'],
  [`${power}/windows/max`]: ['0,13.5,good'],
};

interface Case {
  what: string;
  /** Series in which this hub differs. */
  change: Readonly<Record<string, readonly string[]>>;
  missing: number;
  duplicates: number;
  wrong: number;
  faults: unknown[];
}

const clean = { missing: 0, duplicates: 0, wrong: 0, faults: [] };

test.each<Case>([
  { what: 'everything', change: {}, ...clean },
  {
    what: 'a sample less',
    change: { [power]: ['1,12.5,good', '2,13.5,good'] },
    ...clean,
    missing: 1,
    faults: [expect.stringContaining('1 samples are missing')],
  },
  {
    what: 'a text twice',
    change: { [state]: ['1,"say ""idle""",good', '1,"say ""idle""",good'] },
    ...clean,
    duplicates: 1,
    faults: [expect.stringContaining('there twice')],
  },
  {
    what: 'a series that nobody sent',
    change: { 'lab/press-7/ram/force': ['1,1,good', '2,1,good'] },
    ...clean,
    duplicates: 2,
    faults: [expect.stringContaining('were not sent')],
  },
  {
    what: 'another mean',
    change: { [`${power}/windows/mean`]: ['0,13.1,good'] },
    ...clean,
    wrong: 1,
    faults: [expect.stringContaining('1 windows')],
  },
  {
    what: 'a window twice',
    change: { [`${power}/windows/count`]: ['0,2,good', '0,2,good'] },
    ...clean,
    wrong: 1,
    faults: [expect.stringContaining('1 windows')],
  },
  {
    what: 'no load',
    change: { 'lab/load/press-1/process/power': [] },
    ...clean,
    faults: [expect.stringContaining('2 samples are missing and 0 too many')],
  },
])('of a hub that has $what', async ({ change, missing, duplicates, wrong, faults }) => {
  const url = await serve({ ...whole, ...change });
  const ledger = new Ledger({ complete: true });
  ledger.record(power, 1, 12.5);
  ledger.record(power, 2, 13.5);
  ledger.record(power, WINDOW_US, 4);
  ledger.record(state, 1, 'say "idle"');
  const latency = new Percentiles();
  for (let ms = 1; ms <= 100; ms++) latency.add(ms);

  const judgement = await judge({
    seconds: 1.5,
    sent: ledger.series(),
    ledger,
    hub: new HubClient(url),
    agent: new AgentClient(url),
    latency,
  });
  expect(judgement.faults).toEqual(faults);
  expect(judgement.verdict).toMatchObject({ seconds: 1.5, sent: 4, journaled: 5, missing, duplicates, shed: 7 });
  expect(judgement.verdict.windows).toEqual({ expected: 1, stored: 1, wrong });
  expect(judgement.verdict).toMatchObject({ bytesPerSample: 0.5, latencyMs: { p50: 50, p99: 99 } });
});

/** A hub that answers from a list, and the status of an agent. */
async function serve(series: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const answers: Readonly<Record<string, unknown>> = {
    '/status': { journal: { samples: 5 }, shed: { disk: 7 } },
    '/api/v1/agents': { agents: [{ acked: { samples: 20, bytes: 10 }, gaps: [{ samples: 3 }, { samples: null }] }] },
    '/api/v1/series': { series: Object.entries(series).map(([path, rows]) => ({ path, samples: rows.length })) },
  };
  const server = createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url ?? '/', 'http://hub');
    const rows = series[searchParams.get('series') ?? ''];
    if (pathname in answers) response.end(JSON.stringify(answers[pathname]));
    else if (rows) response.end(['time,value,quality', ...rows, ''].join('\n'));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  onTestFinished(() => server.closeAllConnections());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return `http://127.0.0.1:${address.port}`;
}
