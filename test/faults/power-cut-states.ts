import { join } from 'node:path';
import { describeFailure } from '../power-cut/describe-failure.ts';
import { drawCuts, kills } from '../power-cut/draw-cut.ts';
import { powerCuts } from '../power-cut/power-cuts.ts';
import { record } from '../power-cut/record.ts';
import { workloads } from '../power-cut/workloads.ts';
import { straceMissing } from '../crash-points.ts';
import type { Fault } from './fault.ts';
import { roundsOf } from './outcome.ts';

/** Of each workload: cuts at random, and kills at moments in turn. A large one takes 30 ms, a small one 4. */
const CUTS = 500;
const KILLS = 100;
/** Starting the program on what is left takes a second. */
const WHOLE_CUTS = 10;

export const tornWrites: Fault = {
  name: 'torn-writes',
  about:
    'power cuts on a model of the disk: writes without fsync torn, lost or out of order, in all workloads of agent and hub',
  seconds: 600,
  missing: straceMissing,
  async run({ folder, seed, share, progress }) {
    let rounds = 0;
    let acknowledged = 0;
    let starts = 0;
    for (const [name, { driver, verify, verifyWhole }] of Object.entries(workloads)) {
      const base = join(folder, name);
      const events = await record(base, driver);
      acknowledged += events.filter(({ kind }) => kind === 'acknowledgement').length;
      const whole = verifyWhole ? [...drawCuts(events, seed, roundsOf(WHOLE_CUTS, share))] : [];
      const some = [
        { verify, cuts: kills(events, roundsOf(KILLS, share)) },
        { verify, cuts: drawCuts(events, seed, roundsOf(CUTS, share)) },
        ...(verifyWhole ? [{ verify: verifyWhole, cuts: whole }] : []),
      ];
      for (const each of some) {
        const { tried, failure } = await powerCuts({ events, ...each });
        rounds += tried;
        if (failure) {
          const again = `node test/power-cut/run.ts ${name} --recording ${base} ${failure.name}`;
          throw new Error(`${describeFailure(events, failure)}\nTo see it again: ${again}`);
        }
      }
      starts += whole.length;
      progress(`${name}: ${rounds} cuts so far`);
    }
    // A state that the code, or the program, does not get over by itself has thrown.
    const recovered = starts > 0;
    const note = `a round is a state of the disk that the real code opens, on ${starts} of them the hub as a whole; what is acknowledged are commits, in each state those before the cut`;
    return { rounds, acknowledged, lost: 0, double: 0, recovered, note };
  },
};
