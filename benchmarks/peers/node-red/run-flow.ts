import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/*
 * Node-RED without its editor, as a program: `node run-flow.ts FOLDER`, with the flow in FOLDER/flows.json. The settings are
 * those that cost it least: no admin API, no projects, no metrics, no telemetry, context in memory only.
 */

interface Runtime {
  init(settings: Readonly<Record<string, unknown>>): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}
interface Util {
  init(settings: Readonly<Record<string, unknown>>): void;
}

const [folder] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const runtime = require('@node-red/runtime') as Runtime;
const util = require('@node-red/util') as Util;

const settings = {
  userDir: folder,
  flowFile: join(folder, 'flows.json'),
  coreNodesDir: dirname(require.resolve('@node-red/nodes')),
  httpAdminRoot: false,
  httpNodeRoot: false,
  credentialSecret: false,
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
};
util.init(settings);
runtime.init(settings);
process.once('SIGTERM', () => void runtime.stop().then(() => process.exit(0)));
await runtime.start();
