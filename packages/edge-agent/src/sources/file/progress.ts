import { z } from 'zod';
import { Fingerprint } from './fingerprint.ts';

/** Where the reading of a file has come to, as the journal keeps it. */
const progressShape = z.object({
  /** The file's name when its content was found first: paths may have it. */
  name: z.string(),
  offset: z.int().nonnegative(),
  /** Of {@link Fingerprint}. */
  crc: z.int(),
  line: z.int(),
  time: z.number().nullable(),
  /** The place is within a line that is too long: the rest of it is skipped. */
  skipping: z.boolean(),
  /** When the content that was read was last modified, in ns as the file system has it; null if none was read. */
  modified: z
    .string()
    .regex(/^-?\d{1,30}$/)
    .nullable()
    .default(null),
  /** The folder where it was seen last, as {@link identify} tells it; null if that is not known. */
  folder: z.string().nullable().default(null),
});
export type Progress = z.output<typeof progressShape>;

/** Nothing was read of a file yet. */
export function startOf(name: string): Progress {
  return {
    name,
    offset: 0,
    crc: new Fingerprint().crc,
    line: 1,
    time: null,
    skipping: false,
    modified: null,
    folder: null,
  };
}

/** What was kept of a file in an earlier life; undefined if it makes no sense. */
export function parseProgress(cursor: string): Progress | undefined {
  return progressShape.safeParse(parseJson(cursor)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not what this version wrote: the caller says so.
    return undefined;
  }
}
