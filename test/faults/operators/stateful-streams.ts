import { OperatorState, StreamSeries } from '@sluis/plugin-sdk';
import { type AnyOperator, operators, type Step } from '../../../packages/edge-agent/src/operators/index.ts';

const ALL = [
  'count',
  'sum',
  'mean',
  'timeWeightedMean',
  'min',
  'max',
  'first',
  'last',
  'stddev',
  'range',
  'p50',
  'p99',
];

const SOME = ['count', 'timeWeightedMean', 'last'];
/** Of numbers that change with each sample nobody asks how long they lasted. */
const states = { where: 'series.endsWith("/state") || series.endsWith("/running")' };

/**
 * For each operator that keeps state the steps of streams that use it, with every way of keeping it. Made for the series of
 * {@link day}. Idle timeouts are of a few seconds: they end before the input is compared.
 */
const chains: Readonly<Record<string, readonly (readonly Step[])[]>> = {
  deadband: [[{ deadband: 5 }], [{ deadband: { percent: 10, heartbeat: '1h' } }]],
  window: [
    [{ window: { every: '15m', aggregate: ALL, lateness: '5m', revise: '9h' } }],
    [{ window: { every: '15m', size: '1h', aggregate: SOME, idle: '2s' } }],
    [{ window: { sliding: '30m', aggregate: SOME } }],
    [{ window: { session: '10m', aggregate: SOME, idle: '2s' } }],
    [{ window: { count: 7, aggregate: SOME } }],
    [states, { window: { state: true, aggregate: ['count', 'first', 'duration'], idle: '2s' } }],
    [{ where: 'value < 50.0' }, { deadband: 2 }, { window: { every: '10m', aggregate: SOME } }],
  ],
  alarm: [
    [
      {
        alarm: {
          hot: { above: 80, deadband: 5, onDelay: '10m', offDelay: '5m', priority: 'high' },
          fast: { above: 10, rate: '10m' },
          far: { above: 20, deviation: { mean: '1h' } },
          off: { above: 30, deviation: 50 },
        },
      },
    ],
  ],
  rate: [[{ rate: { per: '1m' } }], [{ rate: { counter: true, wrapsAt: 100, maxGap: '1h' } }]],
  integrate: [[{ integrate: { per: '1h' } }], [{ integrate: { method: 'previous', maxGap: '1h' } }]],
  sample: [[{ sample: '30m' }]],
  group: [
    [{ group: { by: 'lab/*/force', as: 'lab/force', every: '15m', aggregate: ['count', 'sum', 'max'], wait: '2s' } }],
  ],
  throttle: [[{ throttle: '10m' }]],
  swingingDoor: [[{ swingingDoor: { deviation: 5, heartbeat: '3h', idle: '2s' } }]],
  fill: [
    [{ fill: { every: '5m', with: 'previous' } }],
    [{ fill: { every: '5m', with: 'linear', limit: '1h' } }],
    [{ fill: { every: '30m', with: 0, limit: '3h' } }],
  ],
  durations: [
    [states, { durations: { every: '1h', lateness: '5m' } }],
    [states, { durations: { every: '1h', hold: '2h', idle: '2s' } }],
  ],
  join: [
    [{ join: { left: 'lab/*/temperature', right: 'lab/*/state', emit: { state: 'label', '{label}': 'left' } } }],
    [{ join: { left: 'lab/*/force', right: 'lab/oven/temperature', emit: { sum: 'left + right' }, tolerance: '1h' } }],
    [
      {
        join: {
          left: 'lab/*/force',
          right: 'lab/*/state',
          while: { state: 'label', work: 'integral', mean: 'mean', seconds: 'duration' },
          wait: '2s',
        },
      },
    ],
  ],
};

/** As written in agent.yaml. */
export interface WrittenStream {
  readonly from: string;
  readonly steps: readonly Step[];
  readonly as: string;
}

/** One for each chain, named after its operator; all that it emits is below `lab/NAME/`. */
export function statefulStreams(from: string): Readonly<Record<string, WrittenStream>> {
  const streams = Object.entries(chains).flatMap(([operator, all]) =>
    all.map((steps, i): [string, WrittenStream] => {
      const name = `${operator}-${i + 1}`;
      return [name, { from, steps, as: name }];
    }),
  );
  return Object.fromEntries(streams);
}

/** True if with one of its examples it declares state. */
export function isStateful(operator: AnyOperator): boolean {
  return (operator.examples ?? []).some(({ config }) => {
    const series = new StreamSeries();
    const state = new OperatorState(series);
    const ignore = (): void => undefined;
    const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const context = { config: operator.config.parse(config), state, series, stream: 's', log, count: ignore };
    operator.create(context);
    return Object.keys(state.snapshot().parts).length > 0;
  });
}

/** Operators of the registry that keep state and have no chain. */
export function forgottenOperators(): string[] {
  const stateful = Object.values(operators).filter(isStateful);
  const used = ({ name }: AnyOperator) => (chains[name] ?? []).some((steps) => steps.some((step) => name in step));
  return stateful.filter((operator) => !used(operator)).map(({ name }) => name);
}
