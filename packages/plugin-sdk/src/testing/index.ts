export { ContractError, type Rule } from './contract-error.ts';
export { FakeContext, type FakeContextOptions, type HeldWrite } from './fake-context.ts';
export { type MarbleOptions, type Marble, marbles, together } from './marbles.ts';
export {
  expectCase,
  type OperatorCase,
  operatorConformance,
  type OperatorConformance,
} from './operator-conformance.ts';
export { markdownTable } from './markdown-table.ts';
export { refusesHiddenState } from './refuses-hidden-state.ts';
export { type ReplayOptions, replaysExactly } from './replays-exactly.ts';
export { type Run, run, type RunOptions } from './run.ts';
export {
  type Dropped,
  EPOCH,
  isSample,
  isTick,
  type Line,
  type Sample,
  sample,
  type SampleOptions,
  type SampleValue,
  type Tick,
} from './sample.ts';
export { format, formatTime, formatValue, parse, TextFormError } from './text-form.ts';
export { wildLines } from './wild-lines.ts';
export { type Machine, type SourceCase, type SourceLimits } from './source-checks.ts';
export { sourceConformance } from './source-conformance.ts';
export { until } from './until.ts';
