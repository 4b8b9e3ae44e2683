import { type Columns, cutIntoSegments, encodeGrouped, type SampleBatch } from '@sluis/protocol';
import { Subject } from 'rxjs';
import type { OperatorDefinition } from '../operator.ts';
import { OperatorState } from '../state/operator-state.ts';
import { parseConfig } from '../testing/run.ts';
import { StreamSeries } from '../stream-series.ts';
import { BATCH_ROWS, BENCH_SERIES, benchInput } from './bench-input.ts';
import { bundle } from './bundle.ts';
import { loadPlugin } from './definition.ts';
import { EXIT_CONFIG, PluginError } from './plugin-error.ts';
import { readPluginPackage } from './plugin-package.ts';

export interface BenchOptions {
  /** JSON, as written in a file; unless given, that of the first example. */
  readonly config?: string;
  readonly json?: boolean;
}

export interface BenchResult {
  readonly operator: string;
  readonly config: unknown;
  readonly series: number;
  readonly samples: { readonly in: number; readonly out: number };
  /** Of the median round. */
  readonly samplesPerSecond: number;
  /** What would leave the agent, encoded as it leaves: of what came in, and of what the operator emitted. */
  readonly bytes: { readonly in: number; readonly out: number };
}

const BATCHES = 50;
const ROUNDS = 9;
/** A slow operator has fewer rounds, but no fewer than three. */
const ENOUGH_MS = 3_000;
const FEWEST_ROUNDS = 3;
/** Batches that leave together: what fills a segment. */
const BATCHES_SENT = 5;

/** Measures the plugin as it would be packed. */
export async function bench(folder: string, { config, json }: BenchOptions): Promise<void> {
  const plugin = await loadPlugin(await bundle(readPluginPackage(folder)));
  if (plugin.kind === 'source')
    throw new PluginError(`${plugin.name} is a source: how fast it is depends on what it reads`, {
      hint: 'only operators can be measured',
    });
  const { definition } = plugin;
  const result = measure(definition, config === undefined ? (definition.examples?.[0]?.config ?? {}) : parse(config));
  console.log(json ? JSON.stringify(result, null, 2) : shown(result));
}

/** Throws a {@link PluginError} that names the key if the configuration, as written in a file, is wrong. */
export function measure(operator: OperatorDefinition<unknown>, config: unknown): BenchResult {
  const parsed = parsedConfig(operator, config);
  // The first round is not measured: it compiles, and its output is looked at.
  const { input, output } = round(operator, parsed);
  const times: number[] = [];
  for (let sum = 0; times.length < FEWEST_ROUNDS || (times.length < ROUNDS && sum < ENOUGH_MS);) {
    const { ms } = round(operator, parsed);
    times.push(ms);
    sum += ms;
  }
  const ms = times.sort((a, b) => a - b)[times.length >>> 1];
  const samples = { in: BATCHES * BATCH_ROWS, out: output.reduce((sum, { length }) => sum + length, 0) };
  return {
    operator: operator.name,
    config,
    series: BENCH_SERIES,
    samples,
    samplesPerSecond: Math.round((samples.in / ms) * 1_000),
    bytes: { in: sentBytes(input), out: sentBytes(output) },
  };
}

/** A new instance over the same samples. */
function round(
  operator: OperatorDefinition<unknown>,
  config: unknown,
): { ms: number; input: SampleBatch[]; output: SampleBatch[] } {
  const series = new StreamSeries();
  const input = benchInput(series, BATCHES);
  const output: SampleBatch[] = [];
  const subject = new Subject<SampleBatch>();
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const context = { config, state: new OperatorState(series), series, stream: 'bench', log, count: ignore };
  subject.pipe(operator.create(context)).subscribe((batch) => output.push(batch));
  const start = performance.now();
  for (const batch of input) subject.next(batch);
  return { ms: performance.now() - start, input, output };
}

function sentBytes(batches: readonly Columns[]): number {
  let bytes = 0;
  // Each batch has a tick behind it.
  for (let i = 0; i < batches.length; i += 2 * BATCHES_SENT) {
    for (const piece of cutIntoSegments(batches.slice(i, i + 2 * BATCHES_SENT)))
      bytes += encodeGrouped(piece, { effort: 'tight' }).bytes.length;
  }
  return bytes;
}

function parsedConfig(operator: OperatorDefinition<unknown>, config: unknown): unknown {
  try {
    return parseConfig(operator, config);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const hint = "say which one to measure: --config '{ … }', as JSON";
    throw new PluginError(cause.message, { hint, exitCode: EXIT_CONFIG, cause });
  }
}

function parse(config: string): unknown {
  try {
    return JSON.parse(config);
  } catch (cause) {
    throw new PluginError(`--config is not JSON: ${(cause as SyntaxError).message}`, { exitCode: EXIT_CONFIG, cause });
  }
}

function shown({ operator, config, series, samples, samplesPerSecond, bytes }: BenchResult): string {
  const saved = 100 * (1 - bytes.out / bytes.in);
  const percent = `${Math.abs(saved).toFixed(1)} % ${saved < 0 ? 'more' : 'saved'}`;
  return `${operator} ${JSON.stringify(config)}
  ${(samplesPerSecond / 1e6).toFixed(1)} million samples/s
  ${samples.in} samples of ${series} series in, ${samples.out} out
  ${bytes.in} bytes would leave without it, ${bytes.out} with it: ${percent}`;
}
