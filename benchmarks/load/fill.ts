import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Site } from '../../test/e2e/site.ts';

/** So many bytes of segments that no stream, and no hub, has seen yet; in the samples that they hold. */
export interface Backlog {
  readonly journal: number;
  readonly outbox: number;
}

/** For a backlog of some GiB; goes below `streams:`. */
export const roomForBacklog = 'journal: { quota: 8GiB }\noutbox: { quota: 16GiB }\n';

/** Gives an agent that does not run a backlog, by a program of its own. */
export async function giveBacklog(site: Site, bytes: Backlog, kind: 'doubles' | 'texts' = 'doubles'): Promise<Backlog> {
  const script = join(import.meta.dirname, 'fill-logs.ts');
  const args = [script, join(site.folder, 'agent-data'), kind, bytes.journal, bytes.outbox];
  const { stdout } = await promisify(execFile)(process.execPath, args.map(String));
  return JSON.parse(stdout) as Backlog;
}
