import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { commands, makeFirstPlugin } from './first-plugin.ts';
import { page } from './page.ts';
import { comparable, transcriptIn, transcriptOf } from './transcript.ts';

const ANSWER_MS = 30_000;
/** It installs from the network. */
const TIMEOUT_MS = 600_000;

test(
  'four commands lead to a packed, tested plugin, and print what the documentation shows',
  async ({ skip }) => {
    if (!(await isRegistryThere())) {
      if (env.CI === 'true') expect.fail('the registry that npm is set to does not answer');
      skip('the registry that npm is set to does not answer: nothing can be installed');
    }
    expect(commands).toHaveLength(4);
    const { outputs, archive } = await makeFirstPlugin();
    expect(archive.manifest).toMatchObject({ name: 'smooth', kind: 'operator', definition: { name: 'smooth' } });
    const shown = transcriptIn(readFileSync(page, 'utf8')) ?? '';
    // If it is meant to be other: node packages/plugin-sdk/scripts/transcript.ts
    expect(comparable(transcriptOf({ outputs }))).toBe(comparable(shown));
  },
  TIMEOUT_MS,
);

/** Asked by npm itself, which knows which registry is meant. */
async function isRegistryThere(): Promise<boolean> {
  try {
    await promisify(execFile)('npm', ['view', 'rxjs', 'version', `--fetch-timeout=${ANSWER_MS}`]);
    return true;
  } catch (error) {
    // Whatever it is, a name that is not found or a refused connection, nothing can be installed.
    console.warn(error);
    return false;
  }
}
