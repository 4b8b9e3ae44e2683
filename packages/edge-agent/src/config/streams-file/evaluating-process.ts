import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname } from 'node:path';
import { argv, exit, stderr, stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { type Answer, ANSWER_PIPE, encodeAnswer, MAX_DEFINITION_BYTES } from './answer.ts';
import { confine } from './confine.ts';
import { faultOf } from './fault.ts';
import { refuseEnvironment } from './no-environment.ts';
import { plainDefinition } from './plain-definition.ts';

/** Entry of the process that evaluates a file of streams: `node evaluating-process.ts FILE`. It reads, answers once, and ends. */

const [, , file] = argv;

/** The agent's own, whatever is installed around the file, if anything is. */
const ownModules: ReadonlyMap<string, string> = new Map([
  ['@sluis/edge-agent/config', new URL(`./define-streams${extname(import.meta.filename)}`, import.meta.url).href],
]);

registerHooks({ resolve: (specifier, context, next) => next(ownModules.get(specifier) ?? specifier, context) });

confine();
refuseEnvironment();
// As from a socket that nobody listens to: what was told already stays so.
let isAnswered = false;
process.on('uncaughtException', (error) => {
  answer({ fault: faultOf(error, file) });
  exit();
});

answer(await evaluate());
// What it has printed is shown; what it has left to do, a timer or a server, nobody waits for.
for (const stream of [stdout, stderr]) await new Promise((resolve) => void stream.write('', resolve));
exit();

async function evaluate(): Promise<Answer> {
  try {
    const exported = (await import(pathToFileURL(file).href)) as { default?: unknown };
    const streams = exported.default;
    // A file that neither imports nor exports anything is taken for CommonJS, which has something by default.
    if (typeof streams !== 'object' || streams === null || Array.isArray(streams) || 'module.exports' in exported)
      return { fault: { message: 'its default export is no streams', hint: 'export default defineStreams({ … })' } };
    return { definition: plainDefinition(streams) };
  } catch (error) {
    return { fault: faultOf(error, file) };
  }
}

function answer(told: Answer): void {
  if (isAnswered) return;
  isAnswered = true;
  const whole = encodeAnswer(told);
  const fault = { message: `it defines more than ${MAX_DEFINITION_BYTES >> 20} MiB` };
  const bytes = whole.length > MAX_DEFINITION_BYTES ? encodeAnswer({ fault }) : whole;
  for (let sent = 0; sent < bytes.length;) sent += writeSync(ANSWER_PIPE, bytes, sent);
}
