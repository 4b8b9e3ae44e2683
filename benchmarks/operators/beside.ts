import { type Columns, Kind, noWatermarks, type SampleBatch, SeriesTable } from '@sluis/protocol';
import { OperatorState } from '@sluis/plugin-sdk';
import { Subject } from 'rxjs';
import { type AnyOperator, operatorOf, steps } from '../../packages/edge-agent/src/operators/index.ts';
import { Fed, type FedOptions, SERIES, tableOfSeries, temperatureOf } from './input.ts';
import type { Yardstick } from './yardstick.ts';

const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What is compared: a window of 10 s closes. */
const FEW_SERIES = 10;
const ROWS_OF_EACH = 101;
const CALLS = 10;

interface ChainOptions extends FedOptions {
  /** Of the series that come in. */
  readonly table?: SeriesTable;
  /** Each batch comes with a tick, as some emit what has changed with the next one only. */
  readonly ticks?: boolean;
}

type Seen = (batch: SampleBatch) => void;

/** Feeds the steps of a stream, as they are written in a file. */
export function chainOf(list: readonly object[], rows: number, options: ChainOptions = {}, seen?: Seen): Fed {
  return operatorsOf(steps.parse(list).map(operatorOf), rows, options, seen);
}

/** Feeds operators, one behind the other, whose configurations are as their schemas give them. */
export function operatorsOf(
  chain: readonly { readonly operator: Pick<AnyOperator, 'create'>; readonly config: unknown }[],
  rows: number,
  { table: series = tableOfSeries(), ticks = false, ...options }: ChainOptions = {},
  seen?: Seen,
): Fed {
  const input = new Subject<SampleBatch>();
  let chained = input.asObservable();
  for (const { operator, config } of chain) {
    const state = new OperatorState(series);
    const context = { config, state, series, stream: 'bench', log, count: ignore };
    chained = chained.pipe(operator.create(context));
  }
  chained.subscribe(seen);
  let position = 0;
  const time = { horizon: Number.MAX_SAFE_INTEGER, watermarks: noWatermarks };
  return new Fed(
    rows,
    (one) => input.next({ ...one, position: position++, tick: ticks ? position : 0, ...time }),
    options,
  );
}

/** An operator and its yardstick, to be fed the same. */
export function besideYardstick(
  name: string,
  { operator = name, config, shape, name: pathOf, loop }: Yardstick,
  rows: number,
): { operator: Fed; loop: Fed } {
  const options = shape && { shape };
  const own = loop(SERIES, rows);
  return {
    operator: chainOf([{ [operator]: config }], rows, { ...options, table: tableOfSeries(pathOf) }),
    loop: new Fed(rows, own, options),
  };
}

/** Throws unless the operator and its yardstick come to the same results, of which there are some. */
export function checkSame(
  name: string,
  { operator: used = name, config, shape, name: pathOf = temperatureOf, path, loop }: Yardstick,
  { ticks = false } = {},
): void {
  const table = tableOfSeries(pathOf);
  const rows = FEW_SERIES * ROWS_OF_EACH;
  const options = { series: FEW_SERIES, most: rows, ...(shape && { shape }) };
  const ours = new Map<string, number | string>();
  const theirs = new Map<string, number | string>();
  const chain = steps.parse([{ [used]: config }]).map(operatorOf);
  const operator = operatorsOf(chain, rows, { ...options, table, ticks }, (batch) =>
    collect(ours, batch, (id) => table.path(id)),
  );
  const own = loop(FEW_SERIES, rows);
  const yardstick = new Fed(
    rows,
    (batch) => collect(theirs, own(batch), (id) => path?.(pathOf, id) ?? pathOf(id)),
    options,
  );
  for (const work of [operator, yardstick]) {
    for (let call = 0; call < CALLS; call++) {
      work.prepare();
      work.call();
    }
  }
  const different = [...ours].find(([key, value]) => !areSame(value, theirs.get(key)));
  if (ours.size > 0 && ours.size === theirs.size && !different) return;
  const sizes = `${ours.size} and ${theirs.size} results`;
  const [key = ''] = different ?? [];
  throw new Error(`${name}: ${sizes}; at ${key} it is ${ours.get(key)}, and by its yardstick ${theirs.get(key)}`);
}

function collect(into: Map<string, number | string>, rows: Columns, pathOf: (series: number) => string): void {
  for (let row = 0; row < rows.length; row++) {
    const isText = rows.kind?.[row] === Kind.text;
    const value = isText ? (rows.texts?.[rows.text?.[row] ?? 0] ?? '') : rows.value[row];
    into.set(`${pathOf(rows.series[row])} ${rows.time[row]} ${rows.quality[row]}`, value);
  }
}

/** Sums may differ by what the order of their parts does. */
function areSame(a: number | string, b: number | string | undefined): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1);
}

function ignore(): void {}
