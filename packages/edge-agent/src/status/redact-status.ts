import { redactTexts } from '@sluis/runtime';
import type { AgentStatus, SourceStatus } from './agent-status.ts';

/** Hides texts in what is written for people: details, examples of rejected input, problems. Names and numbers stay. */
export function redactStatus(status: AgentStatus, redact: (shown: string) => string): AgentStatus {
  const sources = Object.entries(status.sources).map(([name, source]) => [name, redactSource(source, redact)]);
  return {
    ...status,
    sources: Object.fromEntries(sources),
    uplink: { ...status.uplink, detail: redactDetail(status.uplink.detail, redact) },
    problems: status.problems.map(redact),
  };
}

function redactSource(source: SourceStatus, redact: (shown: string) => string): SourceStatus {
  const reasons = redactTexts(source.reasons, redact) as SourceStatus['reasons'];
  return { ...source, detail: redactDetail(source.detail, redact), reasons };
}

function redactDetail(detail: string | null, redact: (shown: string) => string): string | null {
  return detail === null ? null : redact(detail);
}
