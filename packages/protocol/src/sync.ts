// The generated messages, with 64-bit fields as numbers whatever else is installed.
import './plain-numbers.ts';

export { sluis } from './generated/sync.js';
export * from './sync-messages.ts';
export * from './sync-service.ts';
