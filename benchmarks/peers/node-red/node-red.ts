import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../../test/e2e/free-port.ts';
import { readCsvWindow } from '../csv-window.ts';
import { linesInFile } from '../lines-in-file.ts';
import type { Peer, Running, Setting } from '../peer.ts';
import { Program } from '../program.ts';
import { Receiver } from '../receiver.ts';
import type { FlowNode, FlowOptions } from './flow.ts';
import { functionFlow } from './function-flow.ts';
import { paletteFlow } from './palette-flow.ts';

const easier = [
  'it appends to files without fsync, so that a power cut loses what the system had not written',
  'it posts each batch once, and a batch that the receiver does not take is lost; nothing is numbered, so that nothing can be sent again without counting twice',
  'its files grow without bound, and windows that are open are lost when it stops',
  'it parses only the shape of line that is sent here: one tag, one number, a time',
];

/** A larger young generation lets messages die there: less CPU for more memory, which `memory` tells. */
const NODE_FLAGS = ['--max-semi-space-size=64'];

const memory = `it is started with ${NODE_FLAGS.join(' ')}, by which it takes less CPU, and more memory at its peak than by default`;

export const nodeRedPalette: Peer = {
  name: 'Node-RED, standard nodes',
  about: ['a message for each sample, through standard nodes', memory, ...easier],
  fast: 20_000,
  start: (setting) => start(setting, paletteFlow),
};

export const nodeRedFunction: Peer = {
  name: 'Node-RED, one function',
  about: ['a message for each chunk, and all work in one function of JavaScript', memory, ...easier],
  fast: 150_000,
  start: (setting) => start(setting, functionFlow),
};

async function start({ folder }: Setting, flow: (options: FlowOptions) => FlowNode[]): Promise<Running> {
  const stack = new AsyncDisposableStack();
  try {
    const receiver = stack.use(await Receiver.open());
    const port = await freePort();
    const nodes = flow({ port, receiver: `http://127.0.0.1:${receiver.port}`, folder });
    await writeFile(join(folder, 'flows.json'), JSON.stringify(nodes, undefined, 2));
    const args = [...NODE_FLAGS, join(import.meta.dirname, 'run-flow.ts'), folder];
    const program = stack.use(new Program({ command: process.execPath, args, cwd: folder }));
    await program.listens(port);
    const owned = stack.move();
    return {
      port,
      edge: () => [{ name: 'Node-RED', pid: program.pid }],
      receiver: () => [],
      received: async () => receiver.received(),
      progress: async () => receiver.received().samples,
      windows: async () => receiver.windows(readCsvWindow),
      kept: () => linesInFile(join(folder, 'raw.csv')),
      diagnosis: () => program.log,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
