import { open } from 'node:fs/promises';
import { basename, parse, resolve } from 'node:path';
import {
  describeError,
  type Finding,
  pathLevel,
  type Probe,
  type ProbeContext,
  type SourceOutline,
} from '@sluis/plugin-sdk';
import type { FileConfig } from './config.ts';
import { PathPattern } from './folder.ts';
import { MAX_RECORD_BYTES, type RecordFile } from './record-reader.ts';

/** What is known before a file was read: each place in braces may be anything, but for the name of a file that is known. */
export function outline({ path, series }: FileConfig): SourceOutline {
  const { base, name } = parse(path);
  const known = base.includes('*') ? series : series.replaceAll('{file}', () => pathLevel(name));
  const levels = known.split('/').map((level) => (level.includes('{') ? '*' : level));
  return { from: path, paths: [[...levels, '**'].join('/')], ends: true };
}

/** What is wrong with the start of a file, or undefined: what stands before its records, or not yet whole, is no fault. */
export type StartFault = (file: RecordFile, start: Buffer) => string | undefined;

/** Whether there is a file, it may be read, and it starts as it should: of several, the last by name. */
export function fileProbe({ config, folder }: ProbeContext<FileConfig>, startFault?: StartFault): Probe[] {
  const pattern = new PathPattern(resolve(folder, config.path));
  const look = async (): Promise<Finding> => {
    const last = (await pattern.find()).at(-1);
    if (!last) return { there: false, reason: 'there is no such file', hint: 'the agent waits for it: check path' };
    let start: Buffer;
    try {
      start = await startOf(last.path);
    } catch (error) {
      return { there: false, reason: describeError(error), hint: "let the agent's user read it" };
    }
    const { name } = parse(last.path);
    const fault = startFault?.({ name, path: last.path, position: { line: 1, time: null } }, start);
    return fault === undefined ? { there: true } : { there: false, reason: `${basename(last.path)}: ${fault}` };
  };
  return [{ need: `file ${pattern.path}`, look }];
}

async function startOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_RECORD_BYTES), 0, MAX_RECORD_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}
