import { aborted, pause, UserError } from '@sluis/runtime';
import { AgentClient } from './agent-client.ts';
import { startBroker } from './broker.ts';
import { now } from './clock.ts';
import { expectedCounts } from './expectations.ts';
import { HubClient } from './hub-client.ts';
import { watchLaunchers } from './launchers.ts';
import { Ledger } from './ledger.ts';
import { followLive } from './live.ts';
import { Machines } from './machines.ts';
import { Observer } from './observer.ts';
import { choosePorts, HOST } from './ports.ts';
import { startAgent, startHub } from './programs.ts';
import { showPicture } from './screen.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { judge, type Judgement } from './verdict.ts';
import { orAborted, until } from './wait.ts';

const START_MS = 60_000;
const DRAIN_MS = 30_000;
const MS_PER_SECOND = 1_000;

export interface DemoOptions {
  /** How long machines send; undefined: until the signal is aborted. */
  readonly forMs: number | undefined;
  readonly signal: AbortSignal;
}

/** machines ─▶ broker, TCP ─▶ agent ─▶ hub ─▶ terminal, page. Returns a judgement if the time to send was limited. */
export async function runDemo({ forMs, signal }: DemoOptions): Promise<Judgement | undefined> {
  const failing = new AbortController();
  const end = AbortSignal.any([signal, failing.signal]);
  try {
    return await demo({ forMs, end, fail: (error) => failing.abort(error) });
  } catch (error) {
    if (!signal.aborted) throw end.aborted ? end.reason : error;
    if (forMs === undefined) return undefined;
    throw new UserError({ what: 'the demo was stopped before its verdict', cause: error });
  }
}

interface Running {
  readonly forMs: number | undefined;
  readonly end: AbortSignal;
  fail(error: unknown): void;
}

async function demo({ forMs, end, fail }: Running): Promise<Judgement | undefined> {
  const timed = forMs !== undefined;
  await using parts = new AsyncDisposableStack();
  parts.use(watchLaunchers(() => fail(new UserError({ what: 'whoever started the demo has ended' }))));
  const { path: folder } = parts.use(temporaryFolder());

  const { ports, moved } = await choosePorts({ any: timed });
  for (const message of moved) tell(message);
  const url = `http://${HOST}:${ports.http}`;
  const hub = new HubClient(url);
  const agent = new AgentClient(`http://${HOST}:${ports.status}`);
  const ledger = new Ledger({ complete: timed });

  const programs = [startHub({ ports, folder }), startAgent({ ports, folder })];
  parts.defer(async () => void (await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()))));
  for (const { failed } of programs) failed.catch(fail);
  parts.use(await startBroker(ports.mqtt));
  const machines = parts.use(await Machines.load({ ports, ledger, now }));
  const started = await until(async () => (await hub.ready()) && (await agent.listens()), {
    withinMs: START_MS,
    signal: end,
  });
  if (!started) {
    throw new UserError({
      what: `hub and agent did not start within ${START_MS / MS_PER_SECOND} s`,
      hint: programs.map((program) => `${program.name} said last:\n${program.lastWords}`).join('\n'),
    });
  }

  const observer = parts.use(new Observer({ url, signals: machines.signals, ledger, hub, agent, now }));
  observer.start();
  const { following } = parts.use(followLive(url, (point) => observer.see(point)));
  await orAborted(following, end);
  tell(`the hub's page: ${url}`);
  parts.use(showPicture(() => observer.picture()));

  await machines.start();
  const began = performance.now();
  await (timed ? pause(forMs, end) : aborted(end));
  end.throwIfAborted();
  const seconds = (performance.now() - began) / MS_PER_SECOND;
  await orAborted(machines.stop(), end);

  const sent = ledger.series();
  await until(() => hasArrived(hub, expectedCounts(sent)), { withinMs: DRAIN_MS, signal: end });
  return await judge({ seconds, sent, ledger, hub, agent, latency: observer.latency });
}

async function hasArrived(hub: HubClient, expected: ReadonlyMap<string, number>): Promise<boolean> {
  const stored = new Map((await hub.series()).map(({ path, samples }) => [path, samples]));
  return [...expected].every(([path, samples]) => (stored.get(path) ?? 0) >= samples);
}

function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}
