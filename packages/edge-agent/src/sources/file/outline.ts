import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding, Probe, ProbeContext, SourceOutline } from '@sluis/plugin-sdk';
import { describe } from '../backoff.ts';
import type { FileConfig } from './config.ts';
import { PathPattern } from './folder.ts';

/** What is known before a file was read: each place in braces may be anything. */
export function outline({ path, series }: FileConfig): SourceOutline {
  const levels = series.split('/').map((level) => (level.includes('{') ? '*' : level));
  return { from: path, paths: [[...levels, '**'].join('/')], ends: true };
}

/** Whether there is a file, and it may be read. */
export function probe({ config, folder }: ProbeContext<FileConfig>): Probe[] {
  const pattern = new PathPattern(resolve(folder, config.path));
  const look = async (): Promise<Finding> => {
    const found = await pattern.find();
    if (found.length === 0) {
      return { there: false, reason: 'there is no such file', hint: 'the agent waits for it: check path' };
    }
    try {
      for (const { path } of found) await access(path, constants.R_OK);
    } catch (error) {
      return { there: false, reason: describe(error), hint: "let the agent's user read it" };
    }
    return { there: true };
  };
  return [{ need: `file ${pattern.path}`, look }];
}
