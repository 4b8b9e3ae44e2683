import { join } from 'node:path';
import { onPath } from '../on-path.ts';
import { EVERY, type Window } from '../peer.ts';

const NS_PER_US = 1000;

export const telegraf = onPath(import.meta.dirname, {
  name: 'Telegraf',
  command: 'telegraf',
  about: [
    'its windows follow the clock, so that a sample near a border may count in the next one or not at all, and are stamped when they are sent',
    'it appends to files without fsync, and what is not yet posted is in memory only',
  ],
  args: (folder) => ['--config', join(folder, 'telegraf.conf')],
  readWindow,
});

/** `ten,machine=m1 value_count=9,value_max=…,value_mean=…,value_min=… TIME`, in ns, soon after the window's end. */
function readWindow(line: string): Window {
  const [head, fields, time] = line.split(' ');
  const machine = /,machine=([^,]+)/.exec(head)?.[1];
  const values = new Map(fields.split(',').map((field) => field.split('=') as [string, string]));
  const valueOf = (name: string): number => Number.parseFloat(values.get(`value_${name}`) ?? '');
  if (machine === undefined) throw new Error(`"${line}" is no window`);
  const sent = Math.floor(Number(time) / NS_PER_US);
  const start = sent - (sent % EVERY) - EVERY;
  return { machine, start, mean: valueOf('mean'), min: valueOf('min'), max: valueOf('max'), count: valueOf('count') };
}
