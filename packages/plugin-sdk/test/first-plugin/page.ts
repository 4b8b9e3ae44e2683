import { join } from 'node:path';

/** Where people read the transcript. */
export const page = join(import.meta.dirname, '../../../../docs/plugins-transcript.md');
