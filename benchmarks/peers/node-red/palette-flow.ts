import { DEADBAND, EVERY, WHERE_BELOW } from '../peer.ts';
import { type FlowNode, type FlowOptions, flowOf, functionNode, joined, keepAndSend, tcpIn } from './flow.ts';

/*
 * The flow that most people would draw: a message for each line, standard nodes where they help (filter, join, file,
 * http request), and a function for what there is none for. No debug node, no status, context in memory.
 *
 * There is no switch node for `where`: it lets one message pass in a turn of the event loop and keeps the others in an array,
 * of which it shifts the first; behind bursts that took up to three fifths of the time. Function nodes avoid `Number` and
 * `Math`: a global is looked up by name in their sandbox each time.
 */

/** Lines that are written and posted together. */
const BATCH = 1000;

/** Line protocol of one numeric field. Two outputs, so that neither message is a copy of the other. */
const PARSE = `
const line = msg.payload;
const comma = line.indexOf(',');
const space = line.indexOf(' ', comma);
const end = line.indexOf(' ', space + 1);
if (comma < 0 || space < 0 || end < 0) return null;
const machine = line.slice(line.indexOf('=', comma) + 1, space);
const value = +line.slice(line.indexOf('=', space) + 1, end);
// ns in the line; µs from here on, which a number holds exactly.
const time = +line.slice(end + 1, -3);
return [
  { payload: \`\${machine},\${time},\${value}\` },
  value < ${WHERE_BELOW} ? { topic: machine, payload: value, time } : null,
];
`;

const WINDOW = `
const open = context.get('open');
const start = msg.time - (msg.time % ${EVERY});
const value = msg.payload;
const current = open.get(msg.topic);
if (current !== undefined && current.start === start) {
  current.count++;
  current.sum += value;
  if (value < current.min) current.min = value;
  if (value > current.max) current.max = value;
  return null;
}
open.set(msg.topic, { start, count: 1, sum: value, min: value, max: value });
if (current === undefined) return null;
const { sum, min, max, count } = current;
return { payload: \`\${msg.topic},\${current.start},\${sum / count},\${min},\${max},\${count}\` };
`;

export function paletteFlow(options: FlowOptions): FlowNode[] {
  return flowOf('raw and ten, a message for each sample', [
    tcpIn(options, { lines: true, to: 'parse' }),
    functionNode({ id: 'parse', name: 'parse', code: PARSE, to: ['raw-batch', 'deadband'] }),
    joined('raw-batch', { count: BATCH, to: 'raw-file' }),
    ...keepAndSend(options, 'raw'),
    {
      id: 'deadband',
      type: 'rbe',
      name: 'deadband',
      func: 'deadband',
      gap: String(DEADBAND),
      start: '',
      // Compared with the last that passed, as everywhere in this comparison.
      inout: 'out',
      septopics: true,
      property: 'payload',
      topi: 'topic',
      wires: [['window']],
    },
    functionNode({
      id: 'window',
      name: 'window of 10 s',
      code: WINDOW,
      initialize: "context.set('open', new Map());",
      to: ['windows-batch'],
    }),
    joined('windows-batch', { count: BATCH, to: 'windows-file' }),
    ...keepAndSend(options, 'windows'),
  ]);
}
