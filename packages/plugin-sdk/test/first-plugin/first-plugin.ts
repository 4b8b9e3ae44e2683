import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { env, execPath } from 'node:process';
import { promisify } from 'node:util';
import { type PluginArchive, readArchive } from '../../src/archive/read-archive.ts';
import { servePackages } from './registry.ts';

const run = promisify(execFile);

/** From an empty folder to a packed, tested plugin. The folder of a command is where the one before has led. */
export const commands = [
  'npx @sluis/plugin-sdk create smooth',
  'cd smooth && npm install',
  'npm test',
  'npm run pack',
] as const;

export interface FirstPlugin {
  /** Each command with what it printed, as it was but for where it ran. */
  readonly outputs: readonly { readonly command: string; readonly output: string }[];
  readonly archive: PluginArchive;
}

/**
 * Does what an integrator does, with the SDK as it would be published: packed, and served to npm as the registry of `@sluis`. All
 * else comes from npm's registry. Throws if a command fails, with what it printed.
 */
export async function makeFirstPlugin(): Promise<FirstPlugin> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sluis-first-plugin-')));
  try {
    const packages = join(folder, 'packages');
    await run(execPath, [join(import.meta.dirname, '../../scripts/pack-sdk.ts'), packages]);
    await using registry = await servePackages(packages);
    const home = join(folder, 'home');
    mkdirSync(home);
    const config = join(folder, 'npmrc');
    writeFileSync(config, `@sluis:registry=${registry.url}\n`);
    const options = { env: environment(config, join(folder, 'cache')) };
    const outputs: { command: string; output: string }[] = [];
    let cwd = home;
    for (const command of commands) {
      const { stdout, stderr } = await run('sh', ['-c', `${command} && pwd >&2`], { ...options, cwd });
      cwd = stderr.trimEnd().split('\n').at(-1) ?? cwd;
      outputs.push({ command, output: stdout.replaceAll(home, '~') });
    }
    return { outputs, archive: readArchive(readFileSync(join(cwd, 'smooth-0.1.0.sluis.tgz'))) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What this process has from a package manager and from a test runner is not for those that it starts. */
function environment(config: string, cache: string): NodeJS.ProcessEnv {
  const foreign =
    /^(?:npm_(?!config_registry)|pnpm_|init_cwd|vitest|test$|node_(?!extra_ca_certs)|force_color|ci$|github_)/i;
  const own = Object.entries(env).filter(([name]) => !foreign.test(name));
  shareDownloads(cache);
  return {
    ...Object.fromEntries(own),
    PATH: [dirname(execPath), env.PATH].join(delimiter),
    npm_config_globalconfig: config,
    npm_config_cache: cache,
    npm_config_yes: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    NO_COLOR: '1',
  };
}

/** What npm has downloaded before is good, as it goes by its sum; what npx has installed is that of another SDK. */
function shareDownloads(cache: string): void {
  const downloads = join(env.npm_config_cache ?? join(homedir(), '.npm'), '_cacache');
  mkdirSync(cache);
  if (existsSync(downloads)) symlinkSync(downloads, join(cache, '_cacache'));
}
