/*
 * Makes a first plugin as an integrator does, and writes what that printed into the documentation.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { makeFirstPlugin } from '../test/first-plugin/first-plugin.ts';
import { page } from '../test/first-plugin/page.ts';
import { transcriptOf, withTranscript } from '../test/first-plugin/transcript.ts';

writeFileSync(page, withTranscript(readFileSync(page, 'utf8'), transcriptOf(await makeFirstPlugin())));
