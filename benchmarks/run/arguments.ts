import { UserError } from '@sluis/runtime';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { parseArgs } from 'node:util';

export interface Arguments {
  /** None: all that are not run only by name. */
  readonly names: readonly string[];
  readonly json?: string;
  readonly against?: string;
  readonly html?: string;
  readonly folder: string;
  readonly data: string;
  readonly list: boolean;
  readonly help: boolean;
  readonly strict: boolean;
}

export const help = `Measures Sluis. Each figure stands beside a yardstick, measured in the same run on the same data.

  pnpm bench [SCENARIO …] [options]

  --list          the scenarios, and what each measures
  --json FILE     writes all results with the facts of the machine; a report goes beside it, as FILE.html
  --html FILE     writes the report, one file with plots that needs no network
  --against FILE  compares with what an earlier --json wrote, and says what moved by more than its noise
  --folder DIR    temporary data goes there, on the disk to measure (${tmpdir()})
  --data DIR      folder of public data sets, which are not part of the project (../shared/data)
  --strict        a target that is missed, or cannot be measured here, fails the run, too; otherwise only a
                  scenario that fails does
  --help

Without a name every scenario runs that neither takes long nor needs much of the disk. Close other programs: speed is measured.

  pnpm bench                                   all, as a table
  pnpm bench codec stream                      two of them
  pnpm bench codec --json now.json             kept, with a report in now.html
  pnpm bench codec --against now.json          after a change: what moved
  pnpm bench journal --folder /mnt/flash       what durability costs on that disk
`;

const options = {
  json: { type: 'string' },
  against: { type: 'string' },
  html: { type: 'string' },
  folder: { type: 'string', default: tmpdir() },
  data: { type: 'string', default: join(import.meta.dirname, '../../../shared/data') },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false, short: 'h' },
  strict: { type: 'boolean', default: false },
} as const;

/** Throws a UserError if it does not understand. */
export function argumentsOf(args: readonly string[]): Arguments {
  const { values, positionals: names } = parsed(args);
  return { ...values, names, html: values.html ?? (values.json === undefined ? undefined : besideOf(values.json)) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new UserError({ what, hint: '"pnpm bench --help" shows the options', cause });
  }
}

function besideOf(json: string): string {
  const { dir, name } = parse(json);
  return join(dir, `${name}.html`);
}
