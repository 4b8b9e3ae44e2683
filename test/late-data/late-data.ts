import { parseArgs } from 'node:util';
import { tryLateData } from './try-late-data.ts';

/*
 * Late, repeated and corrected samples, as many as you like:
 *
 *   node test/late-data/late-data.ts [--samples 10000000] [--series 100] [--seed 1] [--tables 72]
 */
const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '10000000' },
    series: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    // Eight become one of the next tier: enough for the third.
    tables: { type: 'string', default: '72' },
  },
});
const [samples, series, seed, tables] = [values.samples, values.series, values.seed, values.tables].map(Number);
console.log(`${samples} samples of ${series} series, seed ${seed}`);
const { segments, status } = await tryLateData({ samples, series, seed, tables, said: console.log });
const { files, tiers } = status;
console.log(`${segments} segments were in ${files.count} files of ${tiers.length} tiers`, tiers);
