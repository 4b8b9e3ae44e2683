import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/e2e/free-port.ts';
import { type Ports, Site } from '../../test/e2e/site.ts';
import { giveBacklog, roomForBacklog } from '../load/fill.ts';
import { firstSample } from '../load/first-sample.ts';
import { median, spreadOf } from '../measure/rounds.ts';
import { missingProc } from '../load/processes.ts';
import type { Context, Result, Scenario } from '../scenario.ts';

const STARTS = 7;
const MOST_SAID = 2_000;
const BACKLOG = { journal: 2 ** 29, outbox: 2 ** 29 };

/** From the start of the agent's process to its first acknowledged sample. */
export const start: Scenario = {
  name: 'start',
  about:
    'from process start to the first sample that is acknowledged as journaled; against plain Node that writes a file',
  seconds: 60,
  missing: missingProc,

  async run(context: Context): Promise<Result> {
    const load = loadavg()[0];
    context.progress('without a backlog');
    const empty = await startsOf(context, { backlog: false });
    context.progress('with a backlog');
    const full = await startsOf(context, { backlog: true });
    context.progress('yardstick');
    const plain = await plainStarts(context);
    const yardstick = {
      what: 'plain Node: HTTP, append, fdatasync, 204',
      value: median(plain),
      spread: spreadOf(plain),
    };
    const common = { unit: 'ms', better: 'lower' } as const;
    return {
      figures: [
        {
          what: 'first journaled sample',
          value: median(empty.warm),
          spread: spreadOf(empty.warm),
          ...common,
          target: { atMost: 500 },
          yardstick,
        },
        { what: 'the same, nothing compiled before', value: empty.cold, ...common, yardstick },
        {
          what: 'first journaled sample with 1 GiB of backlog',
          value: median(full.warm),
          spread: spreadOf(full.warm),
          ...common,
          target: { atMost: 2_000 },
          yardstick,
        },
        { what: 'the same, after SIGKILL', value: full.killed, ...common, yardstick },
      ],
      plots: [
        {
          title: 'Start to first journaled sample',
          kind: 'bars',
          x: { label: 'start' },
          y: { label: 'ms' },
          lines: Object.entries({ agent: empty.warm, 'agent with 1 GiB': full.warm, 'plain Node': plain }).map(
            ([name, values]) => ({ name, points: values.map((ms, i) => [i + 1, ms] as const) }),
          ),
        },
      ],
      notes: [
        `Medians of ${STARTS} starts. The clock starts before the process is made; a client tries to connect every few ms, posts one line as soon as the port opens, and stops the clock at the 204, which comes after the fsync.`,
        `The first start of all has an empty compile cache; each other finds what the one before left. Ends are by SIGTERM, one by SIGKILL.`,
        `The backlog is ${BACKLOG.journal >> 20} MiB in the journal, which no stream has read, and ${BACKLOG.outbox >> 20} MiB in the outbox; the hub is away. Load before: ${load.toFixed(1)}.`,
      ],
    };
  },
};

interface Starts {
  readonly cold: number;
  readonly warm: readonly number[];
  readonly killed: number;
}

async function startsOf({ folder }: Context, { backlog }: { backlog: boolean }): Promise<Starts> {
  const flow = ({ lines }: Ports): string => `
sources: { http: { type: line-protocol, http: '127.0.0.1:${lines}' } }
streams: { raw: { from: http } }
${backlog ? roomForBacklog : ''}`;
  const env = { NODE_COMPILE_CACHE: join(folder, `compiled-${backlog}`) };
  await using site = await Site.open({ flow, env, parent: folder });
  if (backlog) await giveBacklog(site, BACKLOG);
  const once = async (): Promise<number> => {
    const began = performance.now();
    site.agent.spawn();
    const ended = site.agent.ended().then(() => {
      throw new Error(`the agent ended: ${site.agent.stderr.slice(-MOST_SAID)}`);
    });
    // That it ends later, when it is asked to, is no failure.
    ended.catch(() => {});
    return (await Promise.race([firstSample(site.ports.lines), ended])) - began;
  };
  const cold = await once();
  await site.agent.stop();
  const warm: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    warm.push(await once());
    if (i === STARTS - 1) await site.agent.kill();
    else await site.agent.stop();
  }
  return { cold, warm, killed: await once() };
}

async function plainStarts({ folder }: Context): Promise<number[]> {
  const script = join(import.meta.dirname, '../load/http-keeper.ts');
  const port = await freePort();
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const began = performance.now();
    const child = spawn(process.execPath, [script, join(folder, 'kept'), String(port)], { stdio: 'ignore' });
    times.push((await firstSample(port)) - began);
    child.kill();
    await once(child, 'exit');
  }
  return times;
}
