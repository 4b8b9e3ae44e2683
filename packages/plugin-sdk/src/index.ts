export * from './log.ts';
export * from './operator.ts';
export * from './source.ts';
export * from './state.ts';
export { OperatorState } from './state/operator-state.ts';
export { type StateImage, StateMismatchError } from './state/image.ts';
