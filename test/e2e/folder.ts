import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A temporary folder, removed when it goes out of scope: declare it before the programs that use it. With SLUIS_KEEP_FOLDERS
 * set it stays, for whoever looks into a failure.
 */
export async function temporaryFolder(parent = tmpdir()): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(parent, 'sluis-e2e-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (process.env.SLUIS_KEEP_FOLDERS) console.log(`kept: ${path}`);
      else await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
