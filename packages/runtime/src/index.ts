export * from './backoff.ts';
export * from './command.ts';
export * from './create-log.ts';
export * from './folder-lock.ts';
export * from './nearest.ts';
export * from './pause.ts';
export * from './supervise.ts';
export * from './user-error.ts';
