import { redactor } from '@sluis/runtime';
import { expect, test } from 'vitest';
import type { AgentStatus } from './agent-status.ts';
import { redactStatus } from './redact-status.ts';

test('hides texts for people, and leaves names and numbers', () => {
  const status: AgentStatus = {
    agent: { id: 'secret-1', site: 'lab', version: '0', uptimeSeconds: 1 },
    sources: {
      'secret-2': {
        in: 1,
        rejected: 1,
        shed: 0,
        state: 'running',
        detail: 'on plant/secret-3/#',
        reasons: { json: { count: 1, example: 'secret-4' } },
      },
    },
    streams: {},
    journal: null,
    outbox: null,
    disk: null,
    uplink: { state: 'waiting', detail: 'secret-5 is away', acked: 0, limit: null, held: null },
    shed: {},
    problems: ['secret-6'],
  };
  const shown = redactStatus(
    status,
    redactor(['secret-1', 'secret-2', 'secret-3', 'secret-4', 'secret-5', 'secret-6']),
  );
  expect(shown).toEqual({
    ...status,
    sources: {
      'secret-2': {
        ...status.sources['secret-2'],
        detail: 'on plant/[redacted]/#',
        reasons: { json: { count: 1, example: '[redacted]' } },
      },
    },
    uplink: { state: 'waiting', detail: '[redacted] is away', acked: 0, limit: null, held: null },
    problems: ['[redacted]'],
  });
});
