import { freePort } from '../../../test/e2e/free-port.ts';
import { isOnPath, NEVER_RUN } from '../on-path.ts';
import type { Peer, Running, Setting, Window } from '../peer.ts';
import { Program } from '../program.ts';
import { Receiver } from '../receiver.ts';
import { LinesToJson } from './lines-to-json.ts';
import { RULES, rules, STREAM, stream } from './rules.ts';

const COMMAND = 'kuiperd';
const US_PER_MS = 1000;

export const ekuiper: Peer = {
  name: 'eKuiper',
  about: [
    'it has no source for TCP and does not know line protocol: it gets JSON over HTTP from a converter of ours, whose CPU is not counted',
    'it has no deadband against the last value that passed, which gives its windows more samples',
    'it appends to files without fsync; what is not yet posted is in memory first',
    NEVER_RUN,
  ],
  withoutDeadband: true,
  missing: () =>
    isOnPath(COMMAND) ? undefined : `${COMMAND} is not on PATH; its configuration has never been run by us`,
  start,
};

async function start({ folder }: Setting): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await Receiver.open());
  const [rest, cli, http] = await Promise.all([freePort(), freePort(), freePort()]);
  const env = {
    KUIPER__BASIC__RESTPORT: String(rest),
    KUIPER__BASIC__PORT: String(cli),
    KUIPER__BASIC__CONSOLELOG: 'true',
    KUIPER__SOURCE__HTTPSERVERPORT: String(http),
  };
  const program = stack.use(new Program({ command: COMMAND, args: [], cwd: folder, env }));
  await program.listens(rest);
  const api = `http://127.0.0.1:${rest}`;
  // What it is told it keeps in its own installation: it shall forget it afterwards.
  stack.defer(() => forget(api));
  await post(`${api}/streams`, stream);
  for (const rule of rules({ receiver: `http://127.0.0.1:${receiver.port}`, folder })) await post(`${api}/rules`, rule);
  await program.listens(http);
  const converter = stack.use(await LinesToJson.open(`http://127.0.0.1:${http}/lines`));
  const owned = stack.move();
  return {
    port: converter.port,
    edge: () => [{ name: COMMAND, pid: program.pid }],
    receiver: () => [],
    received: async () => receiver.received(),
    progress: async () => receiver.received().samples,
    windows: async () => receiver.windows(readWindow),
    kept: async () => undefined,
    diagnosis: () => program.log,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${response.status} for ${url}: ${await response.text()}`);
}

async function forget(api: string): Promise<void> {
  for (const rule of RULES) await fetch(`${api}/rules/${rule}`, { method: 'DELETE' });
  await fetch(`${api}/streams/${STREAM}`, { method: 'DELETE' });
}

function readWindow(line: string): Window {
  const { machine, startMs, meanValue, minValue, maxValue, samples } = JSON.parse(line) as Record<string, unknown>;
  return {
    machine: String(machine),
    start: Number(startMs) * US_PER_MS,
    mean: Number(meanValue),
    min: Number(minValue),
    max: Number(maxValue),
    count: Number(samples),
  };
}
