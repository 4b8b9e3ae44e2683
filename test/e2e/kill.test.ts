import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { AGGREGATES, latestOf, sampleDifferences, windowDifferences } from './account.ts';
import { startBroker } from './broker.ts';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { HubClient, type Value } from './hub-client.ts';
import { Machine, postLines, publish, type Sample, Sent, specialSamples, streamLines } from './load.ts';
import { AgentProgram, HubProgram } from './processes.ts';
import { chosenSeed, Random } from './random.ts';
import { Reference, type ReferenceWindow } from './reference.ts';
import { until } from './until.ts';

/**
 * Who is struck, how often; the order is the seed's. Processes by SIGKILL, threads by ending them; twice: again while it
 * starts. An agent that is asked to stop leaves a snapshot that later ones go on from. `test:faults` kills some 200 times.
 */
const VICTIMS = {
  agent: 1,
  'agent, twice': 1,
  'agent, asked to stop': 1,
  hub: 1,
  'hub, twice': 1,
  'agent and hub': 1,
  'agent: storage': 1,
  'agent: pipeline': 1,
  'hub: store': 1,
  'hub: query process': 1,
} as const;
type Victim = keyof typeof VICTIMS;

/** A kill comes this long (ms) after the load has passed again. */
const [EARLIEST_MS, LATEST_MS] = [50, 900];
const SECOND = 1_000_000;
/** Samples of each machine, at the least: from 600 on untidy ones send late samples as well as corrections (load.ts). */
const SAMPLES_EACH = 800;
const TIMEOUT_MS = 900_000;

test(
  'whatever is killed under load, and whenever: all that was acknowledged is at the hub once, and all windows are right',
  { timeout: TIMEOUT_MS },
  async () => {
    const seed = chosenSeed();
    console.log(`kill test: SLUIS_TEST_SEED=${seed}`);
    const random = new Random(seed);
    const began = performance.now();

    await using folder = await temporaryFolder();
    await using broker = await startBroker(folder.path);
    const [http, grpc, status, tcpPort, httpPort] = await Promise.all(Array.from({ length: 5 }, freePort));
    await using hub = new HubProgram({ data: join(folder.path, 'hub'), http, grpc, killable: true });
    const config = join(folder.path, 'agent.yaml');
    writeFileSync(config, configuration({ grpc, status, tcpPort, httpPort, brokerUrl: broker.url }));
    await using agent = new AgentProgram({ config, status, killable: true });
    await Promise.all([hub.start(), agent.start()]);
    await until('the agent has subscribed', async () => (await agent.status()).sources.mqtt.state === 'running');

    // An hour ago: no sample is ahead of the agent's clock, however long this takes.
    const start = Math.floor(Date.now() / 3_600_000 - 1) * 3600 * SECOND;
    const url = `http://127.0.0.1:${httpPort}`;
    const machine = (series: string, { step, untidy }: { step: number; untidy?: boolean }) =>
      new Machine({ series, random, start, step, untidy });
    const tidy = [0, 1, 2, 3].map((n) => machine(`lab/tidy-${n}/force`, { step: 10_000 }));
    const untidy = [0, 1, 2, 3].map((n) => machine(`lab/untidy-${n}/force`, { step: 10_000, untidy: true }));
    const typed = specialSamples('lab/typed/state', start, random);
    const mqtt = [0, 1, 2].map((n) => machine(`lab/plant/press-${n}`, { step: 40_000 }));
    const tcp = [0, 1].map((n) => machine(`lab/tcp-${n}/force`, { step: 10_000 }));
    const sent = { tidy: new Sent(), untidy: new Sent(), typed: new Sent(), mqtt: new Sent() };

    const client = await connectAsync(broker.url, { clientId: `publisher-${seed}` });
    const load = new AbortController();
    const { signal } = load;
    const sending = Promise.all([
      postLines({ url, sent: sent.tidy, samplesPerBody: 40, restMs: 80, next: inTurn(tidy) }, signal),
      postLines({ url, sent: sent.untidy, samplesPerBody: 40, restMs: 80, next: inTurn(untidy) }, signal),
      postLines({ url, sent: sent.typed, samplesPerBody: 10, restMs: 160, next: () => typed.next().value }, signal),
      publish({ client, sent: sent.mqtt, restMs: 30, next: inTurn(mqtt), payload: jsonPayload }, signal),
      streamLines({ port: tcpPort, linesPerWrite: 10, restMs: 50, next: inTurn(tcp) }, signal),
    ]);

    const api = new HubClient(hub.url);
    const acked = async (): Promise<number> =>
      (await api.agents()).find(({ id }) => id === 'press-1')?.acked.samples ?? 0;
    const order = random.shuffled(
      Object.entries(VICTIMS).flatMap(([victim, times]) => Array<Victim>(times).fill(victim as Victim)),
    );
    const rounds: string[] = [];
    for (const victim of order) {
      const afterMs = random.whole(EARLIEST_MS, LATEST_MS);
      await pause(afterMs);
      const struck = performance.now();
      await strike(victim, { agent, hub, random });
      const [acknowledgedBefore, ackedBefore] = [sent.tidy.acknowledged.length, await ackedOf(acked)];
      const passesAgain = async () =>
        sent.tidy.acknowledged.length > acknowledgedBefore && (await acked()) > ackedBefore;
      await until(`the load passes again after "${victim}" was killed`, passesAgain, {
        diagnosis: () => `agent:\n${agent.stderr.slice(-3000)}\nhub:\n${hub.stderr.slice(-3000)}`,
      });
      const recoveredMs = Math.round(performance.now() - struck);
      rounds.push(victim);
      console.log(`round ${rounds.length}: ${victim} after ${afterMs} ms, ${recoveredMs} ms to recover`);
    }

    // However fast the kills went by.
    await until(
      'there are samples enough to judge by',
      () => [sent.tidy, sent.untidy].every(({ acknowledged }) => acknowledged.length >= tidy.length * SAMPLES_EACH),
      { withinMs: TIMEOUT_MS },
    );
    load.abort();
    const [, , , , tcpSent] = await sending;
    await client.endAsync();
    const loadSeconds = (performance.now() - began) / 1000;

    // What HTTP and the broker acknowledged, bit for bit.
    const acknowledged = Object.values(sent).flatMap((each) => each.acknowledged);
    const expected = latestOf(acknowledged);
    await Promise.all([...expected].map(([series, samples]) => expectSamples(api, series, samples)));

    // Of what was sent by TCP nothing was acknowledged: nothing else is there, and all of the last connection is.
    const everSent = latestOf(tcpSent.all);
    const lastSent = latestOf(tcpSent.last);
    const received: Sample[] = [];
    for (const [series, ever] of everSent) {
      const { time, value } = await until(`the hub has all of ${series} that the last connection sent`, async () => {
        const numbers = await api.numbers(series);
        const there = new Set(numbers.time);
        const missing = [...(lastSent.get(series)?.keys() ?? [])].filter((t) => !there.has(t));
        if (missing.length > 0) throw new Error(`it lacks ${missing.join(', ')}`);
        return numbers;
      });
      expect(new Set(time).size).toBe(time.length);
      const wrong = time.filter((t, i) => !Object.is(ever.get(t), value[i]));
      expect(wrong, `samples of ${series} that nobody sent`).toEqual([]);
      time.forEach((t, i) => received.push({ series, time: t, value: value[i] }));
    }

    // Windows, against the same said in SQL. TCP's input is what of it became durable, which is what the hub has.
    const numbers = [...sent.tidy.acknowledged, ...sent.untidy.acknowledged, ...sent.mqtt.acknowledged, ...received];
    using reference = new Reference(numbers);
    const plain = reference.windows({ every: SECOND });
    const steps = reference.windows({ every: SECOND, below: 500, deadband: 0.05 });
    let compared = await expectWindows(api, 'plain', plain);
    compared += await expectWindows(
      api,
      'steps',
      steps.filter(({ series }) => /untidy|tidy/.test(series)),
    );
    const seconds = (performance.now() - began) / 1000;

    const repeats = Object.values(sent).reduce((sum, each) => sum + each.repeats, 0);
    console.log(
      [
        `kill test: ${rounds.length} rounds in ${loadSeconds.toFixed(1)} s, verified after ${seconds.toFixed(1)} s; broker: ${broker.kind}`,
        `${acknowledged.length} acknowledged samples in ${expected.size} series and ${received.length} by TCP, bodies sent again: ${repeats}`,
        `${plain.length + steps.length} windows, ${compared} results compared`,
      ].join('\n'),
    );
    expect(repeats, 'bodies were sent while nobody heard them').toBeGreaterThan(0);
    for (const windows of [plain, steps]) expect(windows.length).toBeGreaterThan(0);
  },
);

function configuration({
  grpc,
  status,
  tcpPort,
  httpPort,
  brokerUrl,
}: Record<'grpc' | 'status' | 'tcpPort' | 'httpPort', number> & { brokerUrl: string }): string {
  const aggregate = `[${AGGREGATES.join(', ')}]`;
  return `
agent: { id: press-1, site: lab, data: ./agent, status: 127.0.0.1:${status} }
hub: { url: grpc://127.0.0.1:${grpc} }
sources:
  tcp:  { type: line-protocol, listen: 127.0.0.1:${tcpPort} }
  http: { type: line-protocol, http: 127.0.0.1:${httpPort} }
  mqtt: { type: mqtt, url: '${brokerUrl}', topics: ['plant/#'], time: t, unit: us }
streams:
  raw: { from: [tcp, http, mqtt] }
  plain: { from: [tcp, http, mqtt], steps: [ { window: { every: 1s, aggregate: ${aggregate} } } ] }
  steps: { from: http, steps: [ { where: 'value < 500.0' }, { deadband: 0.05 }, { window: { every: 1s, aggregate: ${aggregate} } } ] }
`;
}

interface Programs {
  readonly agent: AgentProgram;
  readonly hub: HubProgram;
  readonly random: Random;
}

async function strike(victim: Victim, { agent, hub, random }: Programs): Promise<void> {
  switch (victim) {
    case 'agent':
    case 'hub':
      return restart(victim === 'hub' ? hub : agent);
    case 'agent, twice':
    case 'hub, twice': {
      const program = victim === 'hub, twice' ? hub : agent;
      await program.kill();
      program.spawn();
      await pause(random.whole(EARLIEST_MS, 2 * LATEST_MS));
      return restart(program);
    }
    case 'agent, asked to stop':
      expect(await agent.stop()).toMatchObject({ code: 0 });
      return agent.start();
    case 'agent and hub':
      await Promise.all([agent.kill(), hub.kill()]);
      await Promise.all([agent.start(), hub.start()]);
      return undefined;
    case 'agent: storage':
    case 'agent: pipeline':
    case 'hub: store': {
      const [program, thread] = victim.split(': ');
      await until(`there is a thread "${victim}" to end`, () => (program === 'hub' ? hub : agent).terminate(thread));
      return undefined;
    }
    case 'hub: query process':
      for (const pid of hub.children()) process.kill(pid, 'SIGKILL');
  }
}

async function restart(program: AgentProgram | HubProgram): Promise<void> {
  await program.kill();
  await program.start();
}

/** Answered even while parts of the hub are restarting. */
function ackedOf(acked: () => Promise<number>): Promise<number> {
  return until('the hub tells its agents', acked);
}

function inTurn(machines: readonly Machine[]): () => Sample {
  let n = 0;
  return () => machines[n++ % machines.length].next();
}

function jsonPayload({ time, value }: Sample): string {
  return JSON.stringify({ t: time, value });
}

async function expectSamples(api: HubClient, series: string, expected: ReadonlyMap<number, Value>): Promise<void> {
  await until(`the hub has ${expected.size} samples of ${series}`, async () => {
    const [row] = await api.series(series);
    if (row.samples < expected.size) throw new Error(`it has ${row.samples}`);
    return true;
  });
  expect(await sampleDifferences(api, series, expected), series).toEqual({ missing: [], wrong: [] });
}

/** Compares the results of a stream with the reference's windows, and returns how many were compared. */
async function expectWindows(api: HubClient, stream: string, windows: readonly ReferenceWindow[]): Promise<number> {
  const bySeries = Map.groupBy(windows, ({ series }) => series);
  const counts = [...bySeries].map(async ([series, expected]) => {
    let compared = 0;
    for (const aggregate of AGGREGATES) {
      const path = `${series}/${stream}/${aggregate}`;
      const isRight = async (): Promise<boolean> => {
        const { missing, wrong } = await windowDifferences(api, path, aggregate, expected);
        if (missing.length > 0) throw new Error(`windows are missing at ${missing.join(', ')}`);
        if (wrong.length > 0) throw new Error(`${wrong[0].how}, at ${wrong[0].time}`);
        return true;
      };
      // Revisions of windows come with the next tick, and ticks are a second apart.
      await until(`the windows of ${path} are right`, isRight);
      compared += expected.filter((window) => window[aggregate] !== null).length;
    }
    return compared;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
