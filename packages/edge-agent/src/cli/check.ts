import { redactor, redactTexts } from '@sluis/runtime';
import { loadConfig } from '../config/load.ts';
import { lookAtAll, needsOf } from './check/needs.ts';
import { planOf } from './check/plan.ts';
import { type Report, shownReport } from './check/report.ts';
import { runningAgent, withRunning } from './check/running-agent.ts';

export interface CheckOptions {
  readonly config: string;
  readonly json?: boolean;
  /** Exit with 1 if something is not there. */
  readonly strict?: boolean;
}

/** How long each look may take; all are made at once. */
const LOOK_MS = 3_000;

/** Tells what would run, what it needs, and whether that is there now. A problem is thrown by {@link loadConfig}, in its place. */
export async function check({ config: file, json, strict }: CheckOptions, signal: AbortSignal): Promise<void> {
  const loaded = loadConfig(file);
  const limits = { ms: LOOK_MS, signal };
  const [looked, running] = await Promise.all([
    lookAtAll(needsOf(loaded), limits),
    runningAgent(loaded.config.agent, limits),
  ]);
  const needs = running ? withRunning(looked, running) : looked;
  const redact = redactor(loaded.redacted);
  const holds = running && { journal: running.journal, outbox: running.outbox };
  const told: Report = {
    file,
    streamsFile: loaded.streamsFile ?? null,
    ...planOf(loaded),
    needs,
    running: holds ?? null,
    warnings: loaded.warnings,
  };
  const report = redactTexts(told, redact) as Report;
  console.log(json ? JSON.stringify(report, null, 2) : shownReport(report));
  if (strict && needs.some(({ finding }) => !finding.there)) process.exitCode = 1;
}
