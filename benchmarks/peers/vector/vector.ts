import { join } from 'node:path';
import { readJsonWindow } from '../json-window.ts';
import { onPath } from '../on-path.ts';

export const vector = onPath(import.meta.dirname, {
  name: 'Vector',
  command: 'vector',
  about: [
    'what is not yet answered is in a buffer on disk, synced twice a second; what is sent twice counts twice',
    'it keeps nothing once it is sent, and open windows are lost when it stops',
  ],
  // Older versions do not know it, and put the environment in by themselves.
  env: { VECTOR_DANGEROUSLY_ALLOW_ENV_VAR_INTERPOLATION: 'true' },
  args: (folder) => ['--quiet', '--config', join(folder, 'vector.yaml')],
  readWindow: readJsonWindow,
});
