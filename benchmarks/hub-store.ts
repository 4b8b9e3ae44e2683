import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FullHub, fullHub } from './hub-store/full-hub.ts';
import type { MemoryWatch } from './load/memory-watch.ts';

/*
 * The scenario `hub-store` with other numbers; prints JSON, with more than the scenario shows.
 *
 *   node benchmarks/hub-store.ts [--samples 50000000] [--rate 100000] [--seconds 30] [--memory 1GiB] [--data FOLDER]
 *
 * A FOLDER is kept, and one that has samples already is not filled again.
 */

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '50000000' },
    rate: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '30' },
    memory: { type: 'string', default: '1GiB' },
    data: { type: 'string' },
    /** For Node of the hub, such as --cpu-prof. */
    node: { type: 'string', multiple: true, default: [] },
  },
});
const folder = values.data ?? mkdtempSync(join(tmpdir(), 'sluis-bench-hub-'));

function printed(measured: FullHub): unknown {
  const { fill, live, answers, duckDb } = measured;
  const { acked, shown, memory, ...rest } = live;
  return {
    ...measured,
    // This is for a plot.
    pace: undefined,
    fill: { ...fill, memory: peakMB(fill.memory) },
    live: { ...rest, acked: acked.summary(), shown: shown.summary(), memory: peakMB(memory) },
    answers: Object.fromEntries(Object.entries(answers).map(([name, one]) => [name, one.summary()])),
    duckDb: duckDb.summary(),
  };
}

function peakMB(memory: MemoryWatch): number {
  return memory.peakPss(() => true);
}

try {
  const measured = await fullHub({
    folder,
    samples: Number(values.samples),
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    memory: values.memory,
    node: values.node,
    progress: (text) => console.error(text),
  });
  console.log(JSON.stringify(printed(measured), undefined, 2));
} finally {
  if (values.data === undefined) rmSync(folder, { recursive: true, force: true });
}
