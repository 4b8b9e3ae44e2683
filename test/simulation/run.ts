import { parseArgs } from 'node:util';
import { stress, usual } from './mix.ts';
import { mutate } from './mutations.ts';
import { replaceGlobals } from './virtual-time.ts';

/*
 * The production uplink, session, log and ack code under a virtual clock, a network that loses and a disk that fails.
 *
 *   node test/simulation/run.ts --seeds 2000        seeds 1 to 2,000; the first one that fails ends it, with its trace
 *   node test/simulation/run.ts --seeds N --from M  seeds M to M + N - 1
 *   node test/simulation/run.ts --seed S --verbose  one seed, with its trace
 *   node test/simulation/run.ts --keep-going        goes on after a seed that fails
 *   node test/simulation/run.ts --stress            from a mix of faults that is hard on what sheds and is put back
 *   node test/simulation/run.ts --mutation NAME     with one line of the production code changed (mutations.ts)
 *
 * Real: SqliteOutbox and what is below it, Uplink and Connection, SyncServer and Session, GroupCommit and Store, the
 * calls between threads (rpc), the encoding of messages and segments. Simulated: time, random numbers, the lines between
 * agent and hub (network.ts), between threads (port.ts), and crashes and failures of disks (disk.ts). Left out: what
 * feeds the outbox, and what the hub does with what it has stored.
 *
 * A seed draws a scenario, then faults and writes. When faults have ended, all must drain within a bound of virtual time;
 * then what is at the hub is compared with what the outbox confirmed (verify.ts). An ack is checked when it is sent.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutation: { type: 'string' },
    stress: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    /** Goes on after a seed that fails, and shows no traces. */
    'keep-going': { type: 'boolean', default: false },
    /** Prints the hash of each seed's trace. */
    hashes: { type: 'boolean', default: false },
  },
});

const realNow = performance.now.bind(performance);
const began = realNow();
const applied = values.mutation === undefined ? undefined : mutate(values.mutation);
replaceGlobals();
// Loaded now, so that what is changed and what is replaced is in place.
const { Simulator } = await import('./simulate.ts');
if (applied && !applied()) throw new Error(`nothing loads the file of ${values.mutation}`);

const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
using simulator = new Simulator(values.stress ? stress : usual);
let events = 0;
for (let seed = from; seed < from + count; seed++) {
  const { problems, trace } = await simulator.run(seed);
  events += trace.lines.length;
  if (values.hashes) console.log(`${seed} ${trace.hash}`);
  const goesOn = values['keep-going'];
  if (values.verbose || (problems.length > 0 && !values.mutation && !goesOn)) console.log(trace.lines.join('\n'));
  if (problems.length === 0) continue;
  const mutation = values.mutation === undefined ? '' : ` --mutation ${values.mutation}`;
  const mix = values.stress ? ' --stress' : '';
  console.log(`seed ${seed} fails, trace ${trace.hash}:`);
  for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
  console.log(`again: node test/simulation/run.ts --seed ${seed} --verbose${mix}${mutation}`);
  process.exitCode = 1;
  if (!goesOn) break;
}
if (process.exitCode !== 1) {
  const seconds = ((realNow() - began) / 1000).toFixed(1);
  console.log(`${count} seeds from ${from}, ${events} events, ${seconds} s: every promise was kept`);
}
