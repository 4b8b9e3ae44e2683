import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, EXIT_CONFIG, UserError, redactor } from '@sluis/runtime';
import { outlineOf } from '../sources/index.ts';
import { configError, positionAt, type Problem, render } from './diagnostic.ts';
import { diskOf } from './disk.ts';
import { plainJsonSchema } from './json-schema.ts';
import { checkMeaning } from './meaning.ts';
import { parseYaml } from './parse-yaml.ts';
import { plainSecrets } from './plain-secrets.ts';
import { type AgentConfig, agentSchema } from './schema.ts';
import type { EvaluationLimits } from './streams-file/evaluate.ts';
import { readStreams } from './streams-file/read-streams.ts';
import { substitute } from './substitute.ts';
import { placeOf, validate, valueAt } from './validate.ts';
import { surprises } from './warnings.ts';

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** Values that came from the environment or from secrets, and secrets that stand in the file: logs must not show them. */
  readonly redacted: readonly string[];
  /** What is allowed, and probably not what was meant. */
  readonly warnings: readonly Warning[];
  /** What the file says, with references replaced: steps and addresses as they were written. */
  readonly written: unknown;
  /** Secrets that the file refers to, as the files that hold them. */
  readonly secrets: readonly string[];
  /** The file that defines the streams, if it is not this one, and the lines that it printed. */
  readonly streamsFile: { readonly file: string; readonly printed: readonly string[] } | undefined;
}

export interface Warning {
  /** Names the kind of warning, for scripts. */
  readonly rule: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
  /** All of it as people see it, with the place in the file. */
  readonly shown: string;
}

/**
 * Reads agent.yaml: parse, replace references, check shape, check meaning, resolve paths against the file's folder.
 * Throws a {@link UserError} with exit code 78 that shows each problem in its place. `limits` are those of a file of streams.
 */
export function loadConfig(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
  limits: EvaluationLimits = {},
): LoadedConfig {
  const text = read(file);
  const folder = dirname(resolve(file));
  const { document, fault } = parseYaml(text);
  let redact = redactor([]);
  // Of what the file itself says, only the secrets that stand in it: a value such as 3 must not eat the lines' numbers.
  let hide = redactor([]);
  const fail = (problems: readonly Problem[]): never => {
    const shown = problems.map(({ message, hint, source = { file, text }, ...place }) =>
      render(source.file, source.text, { message: redact(message), ...(hint && { hint: redact(hint) }), ...place }),
    );
    throw configError(shown.map(hide));
  };
  if (fault) fail([fault]);
  const secretsFolder: unknown = document.getIn(['agent', 'secrets']);
  const secrets = resolve(folder, typeof secretsFolder === 'string' ? secretsFolder : './secrets');
  const plain = plainSecrets(document.toJS(), plainJsonSchema());
  const plainTexts = plain.map((path) => String(valueAt(document, path)));
  hide = redactor(plainTexts);
  const inFile = substitute(document, { env, secrets });
  redact = redactor([...inFile.redacted, ...plainTexts]);
  if (inFile.problems.length > 0) fail(inFile.problems);
  const streams = readStreams(document, file, limits);
  if (streams?.problem) return fail([streams.problem]);
  const inStreams = streams && substitute(streams.node, { env, secrets });
  const redacted = [...inFile.redacted, ...(inStreams?.redacted ?? []), ...plainTexts];
  const used = [...new Set([...inFile.used, ...(inStreams?.used ?? [])])];
  redact = redactor(redacted);
  if (inStreams && inStreams.problems.length > 0) fail(inStreams.problems);
  const validated = validate(document, agentSchema);
  if (!validated.config) return fail(validated.problems);
  const meaning = checkMeaning(validated.config);
  if (meaning.length > 0) {
    fail(
      meaning.map(({ path, message, hint }) => ({
        message: `${path.join('.')}: ${message}`,
        hint,
        ...placeOf(document, path),
      })),
    );
  }
  const config = withResolvedPaths({ ...validated.config, folder });
  const outlines = Object.fromEntries(
    Object.entries(config.sources).map(([name, source]) => [name, outlineOf(source)]),
  );
  const found = surprises({
    config,
    outlines,
    diskBytes: diskOf(config.agent.data)?.size,
    plainSecrets: plain,
    isWritten: (path) => document.hasIn(path),
  });
  const warnings = found.map(({ rule, path, message: told, hint }): Warning => {
    const { offset = 0, length } = placeOf(document, path);
    // Of streams in a file of their own, the place tells no more than that.
    const message = streams && path[0] === 'streams' ? `${path.join('.')}: ${told}` : told;
    const problem = { message: redact(`warning: ${message}`), hint: redact(hint), offset, length };
    return {
      rule,
      message: redact(message),
      hint: problem.hint,
      ...positionAt(text, offset),
      shown: hide(render(file, text, problem)),
    };
  });
  const streamsFile = streams && { file: streams.file, printed: streams.printed.map((line) => redact(line)) };
  return { config, redacted, warnings, written: document.toJS(), secrets: used, streamsFile };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError({
      what: `cannot read the configuration: ${describe(cause)}`,
      hint: 'name the file with -c, for example: sluis-agent run -c agent.yaml',
      exitCode: EXIT_CONFIG,
      cause,
    });
  }
}

function withResolvedPaths(config: AgentConfig): AgentConfig {
  const { agent, folder } = config;
  return { ...config, agent: { ...agent, data: resolve(folder, agent.data), secrets: resolve(folder, agent.secrets) } };
}
