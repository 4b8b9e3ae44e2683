import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeFailure } from './describe-failure.ts';
import { drawCut, drawCuts, kill, kills } from './draw-cut.ts';
import { type NamedCut, powerCuts } from './power-cuts.ts';
import { readRecord, record, withoutSyncs } from './record.ts';
import { workloads } from './workloads.ts';

/*
 * Any number of power cuts, by hand:
 *
 *   node test/power-cut/run.ts WORKLOAD [--states 5000] [--seed 7] [--state N | --kill N] [--recording FOLDER] [--without REGEX] [--whole]
 *
 * The recording is kept; with it and the name of a cut a failure is repeated. `--without` leaves out the syncs
 * of the paths that match, to see whether the cuts find that they are needed. `--whole` starts the program on what is left.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    states: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    state: { type: 'string' },
    kill: { type: 'string' },
    recording: { type: 'string' },
    without: { type: 'string' },
    whole: { type: 'boolean', default: false },
  },
});
const workload = workloads[positionals[0] ?? ''];
if (!workload) throw new Error(`say which workload: ${Object.keys(workloads).join(', ')}`);
const base = values.recording ?? mkdtempSync(join(tmpdir(), 'sluis-recording-'));
const whole = values.recording === undefined ? await record(base, workload.driver) : readRecord(base);
const events = values.without === undefined ? whole : withoutSyncs(whole, new RegExp(values.without));

const verify = values.whole ? workload.verifyWhole : workload.verify;
if (!verify) throw new Error('what this workload leaves is verified in one way only');
const seed = Number(values.seed);
const began = performance.now();
const { tried, failure } = await powerCuts({ events, verify, cuts: chosen() });
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(`${events.length} events in ${base}, ${tried} cuts of seed ${seed} in ${seconds} s`);
console.log(failure ? describeFailure(events, failure) : 'none of them loses anything');
process.exitCode = failure ? 1 : 0;

function* chosen(): Generator<NamedCut> {
  if (values.kill !== undefined) return yield { name: 'this kill', cut: kill(Number(values.kill)) };
  if (values.state !== undefined) return yield { name: 'this', cut: drawCut(events, seed, Number(values.state)) };
  yield* kills(events);
  yield* drawCuts(events, seed, Number(values.states));
}
