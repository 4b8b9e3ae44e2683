export * from './log.ts';
export * from './operator.ts';
export * from './source.ts';
export * from './state.ts';
