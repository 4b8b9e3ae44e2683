import { DEADBAND, EVERY, WHERE_BELOW } from '../peer.ts';
import { type FlowNode, type FlowOptions, flowOf, functionNode, joined, keepAndSend, tcpIn } from './flow.ts';

/*
 * The flow of somebody who knows what a message costs: one for each chunk that the socket gives, and all that is done to
 * samples in one function, as a loop over the text. What is left of Node-RED is how data comes and goes: to be faster
 * one would write a program instead of a flow.
 */

/** Chunks that are written and posted together: a fifth of a second at the lower rate, some MB at the higher. */
const BATCH = 20;

/**
 * Runs once. A function node's own code is made anew for each message, so that V8 never optimises it; what is made here stays,
 * and costs a third less a sample.
 */
const INITIALIZE = `
const series = new Map();
let rest = '';

context.set('work', (chunk) => {
  const text = rest + chunk;
  const windows = [];
  let raw = '';
  let from = 0;
  for (let end = text.indexOf('\\n'); end >= 0; from = end + 1, end = text.indexOf('\\n', from)) {
    const comma = text.indexOf(',', from);
    const space = text.indexOf(' ', comma);
    const last = text.indexOf(' ', space + 1);
    if (comma < 0 || space < 0 || last < 0 || last > end) continue;
    const machine = text.slice(text.indexOf('=', comma) + 1, space);
    const value = +text.slice(text.indexOf('=', space) + 1, last);
    // ns in the line; µs from here on, which a number holds exactly.
    const time = +text.slice(last + 1, end - 3);
    raw += (raw === '' ? '' : '\\n') + machine + ',' + time + ',' + value;

    if (!(value < ${WHERE_BELOW})) continue;
    let one = series.get(machine);
    if (one === undefined) {
      // A copy of its own: a slice would keep the whole chunk.
      const name = Buffer.from(machine).toString();
      one = { name, passed: value, start: -1, count: 0, sum: 0, min: 0, max: 0 };
      series.set(name, one);
    } else if (!(value - one.passed > ${DEADBAND} || one.passed - value > ${DEADBAND})) continue;
    one.passed = value;
    const start = time - (time % ${EVERY});
    if (start === one.start) {
      one.count++;
      one.sum += value;
      if (value < one.min) one.min = value;
      if (value > one.max) one.max = value;
      continue;
    }
    if (one.count > 0) {
      windows.push([one.name, one.start, one.sum / one.count, one.min, one.max, one.count].join(','));
    }
    one.start = start;
    one.count = 1;
    one.sum = one.min = one.max = value;
  }
  rest = text.slice(from);
  return { raw, windows: windows.join('\\n') };
});
`;

const WORK = `
const { raw, windows } = context.get('work')(msg.payload);
return [raw === '' ? null : { payload: raw }, windows === '' ? null : { payload: windows }];
`;

export function functionFlow(options: FlowOptions): FlowNode[] {
  return flowOf('raw and ten, a message for each chunk', [
    tcpIn(options, { lines: false, to: 'work' }),
    functionNode({
      id: 'work',
      name: 'parse, where, deadband, window',
      code: WORK,
      initialize: INITIALIZE,
      to: ['raw-batch', 'windows-batch'],
    }),
    joined('raw-batch', { count: BATCH, to: 'raw-file' }),
    ...keepAndSend(options, 'raw'),
    joined('windows-batch', { count: BATCH, to: 'windows-file' }),
    ...keepAndSend(options, 'windows'),
  ]);
}
