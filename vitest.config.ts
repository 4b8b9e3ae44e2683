import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They only calculate: no processes, no ports, and nothing of their own process is replaced or measured. */
const calculations = [
  'benchmarks/{measure,report,run}/**/*.test.ts',
  'packages/edge-agent/src/{intake,operators}/**/*.test.ts',
  'packages/edge-agent/src/config/*.test.ts',
  'packages/edge-agent/src/sources/{csv,ndjson,simulator}/**/*.test.ts',
  'packages/edge-agent/src/uplink/!(connection).test.ts',
  'packages/plugin-sdk/src/{columns,source,state,units}/**/*.test.ts',
  'packages/protocol/src/**/!(segment).test.ts',
  'packages/protocol/test/**/*.test.ts',
];

/** Those of which a file takes longest. */
const longest = ['/test/simulation/', '/test/e2e/', '/test/'];

/** No long file runs alone at the end, and what shares workers is not in between. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (!project.config.isolate) return longest.length + 1;
      const place = longest.findIndex((folder) => moduleId.includes(folder));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // One more than the least there is of processors: while programs are waited for, others calculate.
    maxWorkers: 3,
    // Limits only end what hangs: on a machine that does much else a test takes its time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000, interval: 10 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'programs',
          include: [
            'packages/*/{src,test}/**/*.test.ts',
            'examples/**/*.test.ts',
            'benchmarks/**/*.test.ts',
            'test/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, ...calculations],
        },
      },
      {
        extends: true,
        // Loading takes longer than what they test: they share workers.
        test: { name: 'calculations', include: calculations, isolate: false },
      },
    ],
  },
});
