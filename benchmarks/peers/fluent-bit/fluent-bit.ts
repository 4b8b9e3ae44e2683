import { join } from 'node:path';
import { readJsonWindow } from '../json-window.ts';
import { onPath } from '../on-path.ts';

export const fluentBit = onPath(import.meta.dirname, {
  name: 'Fluent Bit',
  command: 'fluent-bit',
  about: [
    'chunks are files until they are answered, written without fsync; what is sent twice counts twice',
    'it keeps nothing once it is sent, and open windows are lost when it stops',
    'it writes numbers with as many digits as it likes, so that a mean may differ from the reference in the last ones',
  ],
  args: (folder) => ['--quiet', '--config', join(folder, 'fluent-bit.yaml')],
  readWindow: readJsonWindow,
});
