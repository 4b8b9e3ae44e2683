import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { redactError, redactor, redactRecord, redactTexts } from './redact.ts';
import { UserError } from './user-error.ts';

test('hides a text wherever it stands, and a longer one before one that it contains', () => {
  const redact = redactor(['s3cret', 's3cret-longer', '']);
  expect(redact('mqtt://u:s3cret@h and s3cret-longer')).toBe('mqtt://u:[redacted]@h and [redacted]');
});

test('hides a short text where it stands alone: 3 must not eat the digits of all numbers', () => {
  const redact = redactor(['3', '.*']);
  expect(redact('press-3 at 2033-03-30, port 8330, .* and x')).toBe(
    'press-[redacted] at 2033-03-30, port 8330, [redacted] and x',
  );
});

test('changes texts in a value, and nothing else of it', () => {
  const redact = redactor(['3', 'time']);
  const line = { level: 30, time: '2026-11-21T22:03:03Z', pid: 3, tags: ['3', null, true], 3: 'x' };
  expect(redactTexts(line, redact)).toEqual({ ...line, tags: ['[redacted]', null, true] });
});

test('hides nothing where there is nothing to hide', () => {
  expect(redactor([])('as it is')).toBe('as it is');
});

test('hides a secret also where it is part of an address or of quoted JSON', () => {
  const redact = redactor(['p@ss/w"ord\n2']);
  for (const form of ['p@ss/w"ord\n2', 'p%40ss%2Fw%22ord%0A2', 'p@ss/w\\"ord\\n2']) {
    expect(redact(`before ${form} after`)).toBe('before [redacted] after');
  }
});

test('hides passwords in addresses and members of a telling name, whether they are known or not', () => {
  const redact = redactor([]);
  expect(redact('cannot reach postgres://sluis:geheim@db:5432/x at 10:30, ask a@b')).toBe(
    'cannot reach postgres://sluis:[redacted]@db:5432/x at 10:30, ask a@b',
  );
  expect(redact('mqtt://u:p@ss@host:1883/x')).toBe('mqtt://u:[redacted]@host:1883/x');
  expect(redactTexts({ headers: { Authorization: 'Basic eDp5', token: 'a', tokens: 3 } }, redact)).toEqual({
    headers: { Authorization: '[redacted]', token: '[redacted]', tokens: 3 },
  });
});

test('hides a secret in names, but for those of the record itself', () => {
  const redact = redactor(['secret', 'time']);
  expect(redactRecord({ time: 'x', topics: { 'a/secret': { secret: 1 } }, token: 'a' }, redact)).toEqual({
    time: 'x',
    topics: { 'a/[redacted]': { '[redacted]': 1 } },
    token: '[redacted]',
  });
});

test('hides a secret in what is thrown, whoever prints it', () => {
  const redact = redactor(['geheim']);
  const cause = new TypeError('/geheim/x is not there');
  const told = redactError(new UserError({ what: 'in /geheim', hint: 'free /geheim', exitCode: 3, cause }), redact);
  expect(told).toBeInstanceOf(UserError);
  expect(told).toMatchObject({ message: 'in /[redacted]', hint: 'free /[redacted]', exitCode: 3 });
  expect(inspect(told)).not.toContain('geheim');
  expect(inspect(redactError(new Error('at /geheim', { cause }), redact))).not.toContain('geheim');
});
