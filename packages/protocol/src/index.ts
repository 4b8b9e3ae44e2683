/* What every thread needs. The messages' code, which takes protobufjs, is in `@sluis/protocol/sync`. */
export * from './batch.ts';
export * from './batch-builder.ts';
export * from './batch-fault.ts';
export * from './lane.ts';
export * from './path-pattern.ts';
export * from './ranges.ts';
export * from './segment/index.ts';
export * from './series-table.ts';
export * from './version.ts';
export * from './limits.ts';
export type * from './sync-messages.ts';
