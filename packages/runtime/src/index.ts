/* What costs little to load. The log of a program and the lock of its folder have entries of their own. */
export type { Logger } from 'pino';
export * from './backoff.ts';
export * from './command.ts';
export * from './last-words.ts';
export * from './log-options.ts';
export * from './rpc.ts';
export * from './nearest.ts';
export * from './pause.ts';
export * from './redact.ts';
export * from './relay-log.ts';
export * from './supervise.ts';
export * from './user-error.ts';
export * from './within.ts';
export * from './young-garbage.ts';
