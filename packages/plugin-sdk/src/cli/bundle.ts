import { isBuiltin } from 'node:module';
import { isAbsolute, relative } from 'node:path';
import type { OutputChunk, Plugin } from 'rolldown';
import type { PluginArchive } from '../archive/read-archive.ts';
import { licensesOf } from './licenses.ts';
import { PluginError } from './plugin-error.ts';
import type { PluginPackage } from './plugin-package.ts';
import { loadBundler, loadParser } from './tools.ts';

/**
 * One ECMAScript module of a plugin and of all that it uses. What is not used is left out, and nothing tells where files were: the
 * same sources and versions give the same text on any machine. It imports nothing, for where it runs there is nothing to
 * import. Throws a {@link PluginError} that names the file where that cannot be.
 */
export async function bundle({ entry, folder }: Pick<PluginPackage, 'entry' | 'folder'>): Promise<Bundle> {
  const imports: Import[] = [];
  const chunk = await build(entry, folder, imports);
  const shown = (file: string): string => relative(folder, file) || file;
  const problems = await problemsOf(chunk, imports, { folder, shown });
  if (problems.length > 0)
    throw new PluginError([...new Set(problems)].join('\n'), {
      hint: 'a plugin is one module that gets samples and gives samples: it may use nothing of the machine that it runs on',
    });
  if (!chunk.exports.includes('default'))
    throw new PluginError(`${shown(entry)} has no default export`, { hint: 'export default defineOperator({ … })' });
  return { module: chunk.code, licenses: licensesOf(usedFiles(chunk), folder) };
}

/** What of an archive comes from files. */
export type Bundle = Omit<PluginArchive, 'manifest'>;

const BUILTIN_LOADER = 'getBuiltinModule';

interface Import {
  readonly what: string;
  /** Absolute path of the file that imports it. */
  readonly by: string;
  readonly isRequired: boolean;
}

async function build(entry: string, folder: string, imports: Import[]): Promise<OutputChunk> {
  const { rolldown } = await loadBundler(folder);
  try {
    await using building = await rolldown({
      input: entry,
      cwd: folder,
      platform: 'neutral',
      resolve: { mainFields: ['module', 'main'], conditionNames: ['es2015', 'import', 'module', 'default'] },
      tsconfig: false,
      plugins: [leavingOut(imports)],
      // The region of each file would begin with a comment with its path.
      experimental: { attachDebugInfo: 'none' },
      // What it warns of is an error here, or no matter.
      logLevel: 'silent',
    });
    const { output } = await building.generate({
      format: 'esm',
      // Names stay, for the stacks of errors.
      minify: 'dce-only',
      comments: { legal: true, annotation: false, jsdoc: false },
    });
    return output[0];
  } catch (cause) {
    const { errors } = cause as { errors?: readonly Error[] };
    if (!errors) throw cause;
    throw new PluginError(errors.map(({ message }) => message).join('\n'), { cause });
  }
}

/** What the module cannot have in it stays an import for the moment: it may be in code that is left out. */
function leavingOut(imports: Import[]): Plugin {
  return {
    name: 'sluis-plugin',
    resolveId(what, by, { kind }) {
      if (by === undefined) return null;
      imports.push({ what, by, isRequired: kind === 'require-call' });
      const isOutside = isBuiltin(what) || kind === 'dynamic-import';
      return isOutside ? { id: what, external: true, moduleSideEffects: false } : null;
    },
  };
}

interface Place {
  readonly folder: string;
  readonly shown: (file: string) => string;
}

async function problemsOf(chunk: OutputChunk, imports: readonly Import[], { folder, shown }: Place): Promise<string[]> {
  const { parseSync } = await loadParser(folder);
  const { staticImports, staticExports, dynamicImports, importMetas } = parseSync('module.js', chunk.code).module;
  const left = new Set([
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
  ]);
  const files = new Set(usedFiles(chunk));
  const used = imports.filter(({ by }) => files.has(by));
  const required = used.filter(({ what, isRequired }) => isRequired && isBuiltin(what));
  const imported = [...left].flatMap((what) => {
    const found = used.filter((one) => one.what === what);
    return found.length > 0 ? found : [{ what, by: folder }];
  });
  return [
    ...[...required, ...imported].map(({ what, by }) =>
      isBuiltin(what) ? `${shown(by)} uses ${what}` : `${shown(by)} imports ${what}, which is not installed`,
    ),
    ...dynamicImports.map(({ start, end }) => `${chunk.code.slice(start, end)} loads code while it runs`),
    // Not what keeps a plugin in its bounds, which is for its host: it tells an author early.
    ...(chunk.code.includes(BUILTIN_LOADER) ? [`process.${BUILTIN_LOADER} loads what belongs to Node`] : []),
    ...(importMetas.length > 0 ? ['import.meta is not that of the file, which is no more when it is packed'] : []),
  ];
}

/** Absolute paths of what the module has anything of. */
function usedFiles({ modules }: OutputChunk): string[] {
  return Object.keys(modules).filter((file) => isAbsolute(file) && (modules[file]?.renderedLength ?? 0) > 0);
}
