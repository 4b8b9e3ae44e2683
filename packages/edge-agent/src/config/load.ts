import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, EXIT_CONFIG, UserError, redactor } from '@sluis/runtime';
import { parseDocument } from 'yaml';
import { configError, type Problem } from './diagnostic.ts';
import { checkMeaning } from './meaning.ts';
import { type AgentConfig, agentSchema } from './schema.ts';
import { substitute } from './substitute.ts';
import { placeOf, validate } from './validate.ts';

export interface LoadedConfig {
  readonly config: AgentConfig;
  /** Values that came from the environment or from secrets: logs must not show them. */
  readonly redacted: readonly string[];
}

/**
 * Reads agent.yaml: parse, replace references, check shape, check meaning, resolve paths against the file's folder.
 * Throws a {@link UserError} with exit code 78 that shows each problem in its place.
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const text = read(file);
  const folder = dirname(resolve(file));
  const document = parseDocument(text, { prettyErrors: false });
  let redact = redactor([]);
  const fail = (problems: readonly Problem[]): never => {
    const shown = problems.map((problem) => ({ ...problem, message: redact(problem.message) }));
    throw configError(file, text, shown);
  };
  // What a YAML parser says after its first error is mostly about that error.
  const [syntax] = document.errors;
  if (syntax) {
    const [offset, end] = syntax.pos;
    fail([{ message: syntax.message, offset, length: end - offset }]);
  }
  const secretsFolder: unknown = document.getIn(['agent', 'secrets']);
  const secrets = resolve(folder, typeof secretsFolder === 'string' ? secretsFolder : './secrets');
  const { redacted, problems } = substitute(document, { env, secrets });
  redact = redactor(redacted);
  if (problems.length > 0) fail(problems);
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
  return { config: withResolvedPaths({ ...validated.config, folder }), redacted };
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
