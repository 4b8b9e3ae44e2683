import { isBuiltin } from 'node:module';
import { relative } from 'node:path';
import type { OutputChunk, Plugin } from 'rolldown';
import { PluginError } from './plugin-error.ts';
import type { PluginPackage } from './plugin-package.ts';
import { loadBundler, loadParser } from './tools.ts';

/**
 * One ECMAScript module of a plugin and of all that it uses. What is not used is left out, and nothing tells where files were: the
 * same sources and versions give the same text on any machine. It imports nothing, for where it runs there is nothing to
 * import. Throws a {@link PluginError} that names the file where that cannot be.
 */
export async function bundle({ entry, folder }: Pick<PluginPackage, 'entry' | 'folder'>): Promise<string> {
  const imports: Import[] = [];
  const chunk = await build(entry, folder, imports);
  const shown = (file: string): string => relative(folder, file) || file;
  const problems = [
    ...problemsOf(chunk, imports, shown),
    ...(await dynamicImports(chunk.code, folder)).map((found) => `${found} loads code while it runs`),
  ];
  if (problems.length > 0)
    throw new PluginError([...new Set(problems)].join('\n'), {
      hint: 'a plugin is one module that gets samples and gives samples: it may use nothing of the machine that it runs on',
    });
  if (!chunk.exports.includes('default'))
    throw new PluginError(`${shown(entry)} has no default export`, { hint: 'export default defineOperator({ … })' });
  return chunk.code;
}

interface Import {
  readonly what: string;
  /** Absolute path of the file that imports it. */
  readonly by: string;
  readonly kind: 'import-statement' | 'dynamic-import' | 'require-call';
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

/** What a module cannot have in it stays an import for the moment: it may be in code that is left out. */
function leavingOut(imports: Import[]): Plugin {
  return {
    name: 'sluis-plugin',
    resolveId(what, by, { kind }) {
      if (by === undefined || (kind !== 'import-statement' && kind !== 'dynamic-import' && kind !== 'require-call'))
        return null;
      imports.push({ what, by, kind });
      return isBuiltin(what) || kind === 'dynamic-import'
        ? { id: what, external: true, moduleSideEffects: false }
        : null;
    },
  };
}

function problemsOf(chunk: OutputChunk, imports: readonly Import[], shown: (file: string) => string): string[] {
  const used = imports.filter(({ by }) => (chunk.modules[by]?.renderedLength ?? 0) > 0);
  return used.flatMap(({ what, by, kind }) => {
    if (kind === 'require-call') return isBuiltin(what) ? [`${shown(by)} uses ${what}`] : [];
    if (kind === 'dynamic-import' || !chunk.imports.includes(what)) return [];
    return [isBuiltin(what) ? `${shown(by)} uses ${what}` : `${shown(by)} imports ${what}, which is not installed`];
  });
}

/** The places where a module imports what only its run tells. */
async function dynamicImports(code: string, folder: string): Promise<string[]> {
  const { parseSync, Visitor } = await loadParser(folder);
  const found: string[] = [];
  new Visitor({
    ImportExpression: ({ start, end }) => {
      found.push(code.slice(start, end));
    },
  }).visit(parseSync('module.js', code).program);
  return found;
}
