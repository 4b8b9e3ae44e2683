export * from './batch.ts';
export * from './batch-builder.ts';
export * from './lane.ts';
export * from './ranges.ts';
export * from './series-table.ts';
export * from './version.ts';
export * from './sync-messages.ts';
export * from './sync-service.ts';
