import { parseArgs } from 'node:util';
import { drainBacklog } from './backlog/drain-backlog.ts';

/*
 * The scenario `backlog` with other numbers; prints JSON.
 *
 *   node benchmarks/backlog.ts [--samples 20000000] [--live 10000] [--after 10] [--folder DIR]
 *
 * `--after`: seconds for which live samples are followed with nothing left to drain. `--folder`: in which its own is made,
 * instead of where temporary ones are.
 */

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '20000000' },
    live: { type: 'string', default: '10000' },
    after: { type: 'string', default: '10' },
    folder: { type: 'string' },
  },
});
const drained = await drainBacklog({
  samples: Number(values.samples),
  live: Number(values.live),
  afterSeconds: Number(values.after),
  folder: values.folder,
  progress: (text) => console.error(text),
});
const { live, mainDelay, cpu } = drained;
const numbers = {
  ...drained,
  // These are for plots.
  memory: undefined,
  pace: undefined,
  live: { whileDraining: live.whileDraining.summary(), after: live.after.summary(), followed: live.followed },
  mainDelay: mainDelay.summary(),
  cpu: Object.fromEntries(cpu.threads),
};
console.log(JSON.stringify(numbers, undefined, 2));
