export * from './log.ts';
export * from './operator.ts';
export * from './source.ts';
export * from './state.ts';
export { OperatorState } from './state/operator-state.ts';
export { type StateImage, StateMismatchError } from './state/image.ts';
export { duration, parseDuration, positiveDuration } from './units/duration.ts';
export { parseSize, size } from './units/size.ts';
export { type Address, address, parseAddress } from './units/address.ts';
