import { expect, test } from 'vitest';
import { compare } from '../run/against.ts';
import { report } from './fixtures.ts';
import { reportOf } from './report.ts';

test('The report holds figures, plots, notes, what failed and what did not run, and needs no network', () => {
  const html = reportOf(report, compare(report, report));
  for (const text of [
    '40 M',
    '5.00 ×',
    '✓ met',
    '✗ missed',
    'Rate by rows a batch',
    'Error: &lt;broken&gt;',
    'there is no folder',
    'Test CPU',
    'Since the earlier run',
  ]) {
    expect(html).toContain(text);
  }
  expect(html).not.toMatch(/https?:|<script|src=|NaN|undefined/);
});
