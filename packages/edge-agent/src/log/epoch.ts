import { randomBytes } from 'node:crypto';

/** 16 random bytes, as 32 hex digits: minted with a log and never reused. */
export function newEpoch(): string {
  return randomBytes(16).toString('hex');
}
