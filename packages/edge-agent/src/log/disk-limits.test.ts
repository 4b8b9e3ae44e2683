import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskBytes, fileBytesFor, fitToDisk } from './disk-limits.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;
const defaults = { journal: { quotaBytes: GiB, hardQuotaBytes: 2 * GiB }, outbox: { quotaBytes: 4 * GiB } };

test('a disk that is large enough leaves quotas as they are', () => {
  expect(fitToDisk(defaults, 32 * GiB)).toEqual({ ...defaults, ballastBytes: 16 * MiB, isCut: false });
  expect(fileBytesFor(GiB)).toBe(64 * MiB);
});

test('on a small disk the logs share what there is, and files and ballast are smaller too', () => {
  const limits = fitToDisk(defaults, 32 * MiB);
  expect(limits).toEqual({
    journal: { quotaBytes: 5.25 * MiB, hardQuotaBytes: 10.5 * MiB },
    outbox: { quotaBytes: 10.5 * MiB },
    ballastBytes: 2 * MiB,
    isCut: true,
  });
  expect(fileBytesFor(limits.journal.quotaBytes)).toBe(1.3125 * MiB);
});

test('what one log does not ask for, the other may have', () => {
  const modest = { journal: { quotaBytes: MiB, hardQuotaBytes: 2 * MiB }, outbox: { quotaBytes: GiB } };
  expect(fitToDisk(modest, 32 * MiB)).toMatchObject({ journal: modest.journal, outbox: { quotaBytes: 21.8125 * MiB } });
});

test('a folder that is not there yet is on the disk of the one above it', () => {
  expect(diskBytes(join(tmpdir(), 'not', 'there'))).toBe(diskBytes(tmpdir()));
});
