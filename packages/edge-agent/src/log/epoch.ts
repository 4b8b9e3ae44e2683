import { randomBytes } from 'node:crypto';

/** Half of an epoch names the log that it is of: a hub tells by it an outbox that was lost from one that begins again. */
const NAME_DIGITS = 16;

/** 16 random bytes, as 32 hex digits: minted with a log and never reused. An epoch after `before` keeps the log's name. */
export function newEpoch(before = ''): string {
  const name = before.slice(0, NAME_DIGITS);
  return name + randomBytes(16).toString('hex').slice(name.length);
}
