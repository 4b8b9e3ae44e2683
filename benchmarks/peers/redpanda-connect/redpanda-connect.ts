import { join } from 'node:path';
import { readJsonWindow } from '../json-window.ts';
import { onPath } from '../on-path.ts';

export const redpandaConnect = onPath(import.meta.dirname, {
  name: 'Redpanda Connect',
  command: 'redpanda-connect',
  about: [
    'it has no deadband, which spares it a comparison and gives its windows more samples',
    'its windows are closed by the clock; it appends to files without fsync, and what is not yet posted is in memory only',
  ],
  withoutDeadband: true,
  args: (folder) => {
    const [observability, raw, ten] = ['observability', 'raw', 'ten'].map((name) => join(folder, `${name}.yaml`));
    // Its server is switched off by its configuration: the flag for that is not the same in all versions.
    return ['streams', '-o', observability, raw, ten];
  },
  readWindow: readJsonWindow,
});
