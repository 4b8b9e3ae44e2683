import { expect, test } from 'vitest';
import { readCsvWindow } from './csv-window.ts';
import { functionFlow } from './node-red/function-flow.ts';
import { paletteFlow } from './node-red/palette-flow.ts';
import { linesIn, Receiver } from './receiver.ts';
import { compare, type Line, linesOf, windowsOf } from './reference.ts';

const SECOND = 1_000_000;

/** One sample a second of one machine, from 1970 on. */
function windowsOver(values: readonly number[], deadband?: number) {
  const lines: Line[] = values.map((value) => ({ machine: 'm0', value }));
  return windowsOf(lines, { samples: values.length, slice: 1, first: 0, step: SECOND, deadband });
}

test('the reference has the windows that a later sample closed, of the samples that pass', () => {
  const values = [20, 20.01, 21, 600, 22, 22, 22, 22, 22, 22, 30, 31, 31, 31, 31, 31, 31, 31, 31, 31, 5];
  const machine = 'm0';
  expect(windowsOver(values)).toEqual([
    { machine, start: 0, count: 3, sum: 63, mean: 21, min: 20, max: 22 },
    { machine, start: 10 * SECOND, count: 2, sum: 61, mean: 30.5, min: 30, max: 31 },
  ]);
  expect(windowsOver(values, -1).map(({ count }) => count)).toEqual([9, 10]);
});

test('a window that differs, is there twice or is unknown is wrong', () => {
  const expected = windowsOver([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const [window] = expected;
  const another = { ...window, start: 7 };
  expect(compare(expected, expected)).toEqual({ right: 1, wrong: 0 });
  expect(compare([{ ...window, max: 11 }], expected)).toEqual({ right: 0, wrong: 1 });
  expect(compare([window, window, another], expected)).toEqual({ right: 1, wrong: 2 });
});

test('the reference reads the lines as they are sent', () => {
  const lines = linesOf({ measurement: 'temperature', series: 3, slice: 3, distinct: 6 });
  expect(lines.slice(0, 4).map(({ machine }) => machine)).toEqual(['m0', 'm1', 'm2', 'm0']);
  expect(lines.every(({ value }) => Number.isFinite(value))).toBe(true);
});

test('the receiver counts lines, whether or not the last one ends', async () => {
  expect([linesIn(Buffer.from('')), linesIn(Buffer.from('a\nb')), linesIn(Buffer.from('a\nb\n'))]).toEqual([0, 2, 2]);
  await using receiver = await Receiver.open();
  const post = (path: string, body: string) =>
    fetch(`http://127.0.0.1:${receiver.port}/${path}`, { method: 'POST', body });
  await post('raw', 'm0,1,2\nm0,2,3');
  await post('raw', '[{"machine":"m0"},{"machine":"m1"},{"machine":"m2"}]');
  await post('windows', 'm0,0,1.5,1,2,2\n');
  expect(receiver.received()).toEqual({ samples: 5, windows: 1 });
  expect(receiver.windows(readCsvWindow)).toEqual([{ machine: 'm0', start: 0, mean: 1.5, min: 1, max: 2, count: 2 }]);
  expect(() => readCsvWindow('m0,1,2')).toThrow('is no window');
});

test.each([
  ['standard nodes', paletteFlow],
  ['one function', functionFlow],
])('the flow of %s leads from the socket to both receivers, and its code is JavaScript', (_, flow) => {
  const nodes = flow({ port: 1234, receiver: 'http://127.0.0.1:4321', folder: '/tmp' });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  expect(byId.size).toBe(nodes.length);
  const reached = new Set(['in']);
  for (const id of reached) {
    for (const target of byId.get(id)?.wires?.flat() ?? []) {
      expect(byId.has(target), `${id} is wired to ${target}`).toBe(true);
      reached.add(target);
    }
  }
  // All but the tab.
  expect(reached.size).toBe(nodes.length - 1);
  expect([...reached].filter((id) => byId.get(id)?.type === 'http request')).toEqual(['raw-post', 'windows-post']);
  for (const { type, func, initialize } of nodes.filter(({ type }) => type === 'function')) {
    expect(type).toBe('function');
    for (const code of [func, initialize]) expect(() => new Function('msg', 'context', String(code))).not.toThrow();
  }
});
