import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Outcome } from './fault.ts';

/** How one fault test went the last time. */
export interface Row {
  readonly about: string;
  readonly result: { readonly outcome: Outcome } | { readonly failed: string } | { readonly notRun: string };
  readonly seconds: number;
  readonly seed: number;
  readonly share: number;
  /** ISO 8601, to the minute. */
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
}

export type Rows = Readonly<Record<string, Row>>;

/** The fault was done, of what was acknowledged nothing was lost or doubled, and no hand was needed. */
export function isGood({ result }: Pick<Row, 'result'>): boolean {
  if (!('outcome' in result)) return false;
  const { rounds, acknowledged, lost, double, recovered } = result.outcome;
  return rounds > 0 && acknowledged > 0 && lost === 0 && double === 0 && recovered;
}

/** The rows of the .json beside the scoreboard; none if there is none yet. */
export function readRows(markdownFile: string): Rows {
  const file = jsonBeside(markdownFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Rows) : {};
}

/** Writes both anew, with the rows in the order of `names`; those of faults that are no more are left out. */
export function writeScoreboard(markdownFile: string, rows: Rows, names: readonly string[]): void {
  const kept = Object.fromEntries(names.filter((name) => name in rows).map((name) => [name, rows[name]]));
  replace(jsonBeside(markdownFile), `${JSON.stringify(kept, null, 2)}\n`);
  replace(markdownFile, render(kept, names));
}

function jsonBeside(markdownFile: string): string {
  return `${markdownFile.replace(/\.md$/, '')}.json`;
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

const COLUMNS = [
  'fault',
  'what is done',
  'rounds',
  'samples acknowledged',
  'lost',
  'double',
  'shed',
  'recovered without a hand',
  'duration',
  'note',
];
const FIRST_NUMBER = 2;
const LAST_NUMBER = 6;

export function render(rows: Rows, names: readonly string[]): string {
  const each = Object.entries(rows);
  const ran = each.filter(([, { result }]) => !('notRun' in result));
  const notRun = each.flatMap(([name, { result }]) => ('notRun' in result ? [`- \`${name}\`: ${result.notRun}`] : []));
  const never = names.filter((name) => !(name in rows)).map((name) => `- \`${name}\`: never run yet.`);
  const failures = each.flatMap(([name, { result }]) =>
    'failed' in result ? [`- \`${name}\`: ${result.failed.split('\n', 1)[0]}`] : [],
  );
  const alignment = COLUMNS.map((_, i) => (i >= FIRST_NUMBER && i <= LAST_NUMBER ? '---:' : '---'));
  return [
    '# Reliability',
    '',
    'What was done to agent and hub while machines sent, and what became of the samples that had been acknowledged to them (HTTP 204,',
    'PUBACK, or a commit that a test saw). *Lost* is acknowledged, and neither at the hub nor reported as given up; *double* is stored or',
    'aggregated twice, or wrong; *shed* was given up as a declared policy says, or with what was damaged, and is reported as a gap. They come from',
    "the sender's own book and from queries to the hub, not from counters of the programs, but for these:",
    '',
    '- `torn-writes` has no senders. Its acknowledged are commits of workloads that were recorded, of which each state of the disk is looked at by',
    '  the real code. A commit that is not there or is wrong ends the test as failed, so that its lost and double are never counted: they are 0 or the row has failed.',
    '- `reconnect-500`, and 49 of the 50 agents of `half-open-uplink`, are production uplinks with an outbox in memory, many in a process. Their samples',
    '  are compared one by one with what queries find; what the hub counted of each agent is looked at, too, and can only add to double.',
    '- `kill-operators` compares with an agent that was never killed.',
    '',
    '*Recovered* is looked at when all is compared: both programs run, the hub stores and answers, and the storage, each source, each stream and',
    'the uplink of the agent are up. A program that a fault has ended is started again, as whatever supervises a service does; nothing else is',
    'done for it. Of `hostile-senders` the sources whose hostile brokers are gone are left out, for they wait for them; `reconnect-500` has no agent',
    'but its uplinks, which are all connected; in `torn-writes` each state is opened by the real code, of some the hub as a whole, and what does not get over',
    'it by itself has failed. The hub of most rows has hot tables of 100 rows, so that faults strike while it writes and merges files.',
    '',
    ...killsOf(rows),
    'A bit that flipped in a WAL costs no commit. Worse damage of a frame costs none either where a later commit proves that the frame had been on',
    'the disk, and is reported with the file and the frame, as are commits that cannot be had any more (`mend-wal.test.ts`). In the very',
    'last commit nobody can tell it from what a power cut has torn: such a commit is gone.',
    '',
    'This page is written by `npx --yes pnpm@12.21.0 test:faults`; do not edit it. A run of some faults renews only their rows.',
    `All of them together took ${duration(ran.reduce((sum, [, { seconds }]) => sum + seconds, 0))}.`,
    '',
    ...table([COLUMNS, alignment, ...ran.map(([name, row]) => cells(name, row))]),
    ...section('Failed', failures),
    ...section('Not run', [...notRun, ...never]),
    '',
    '## When, where, and with which seeds',
    '',
    ...table([
      ['fault', 'date (UTC)', 'commit', 'seed', 'share of the rounds', 'machine'],
      Array<string>(6).fill('---'),
      ...each.map(([name, { date, commit, seed, share, machine }]) => [
        `\`${name}\``,
        date,
        commit,
        String(seed),
        String(share),
        machine,
      ]),
    ]),
    '',
    'A row is repeated by `npx --yes pnpm@12.21.0 test:faults FAULT --seed SEED --share SHARE`: what is drawn is the same, though not',
    'the instant at which a process gets to it.',
    '',
  ].join('\n');
}

/** Each of a program, or of two at once, by SIGKILL under load. */
const KILL_LOOPS = ['kill-agent', 'kill-hub', 'kill-query-process', 'kill-both'];

function killsOf(rows: Rows): string[] {
  const rounds = KILL_LOOPS.flatMap((name) => {
    const result = rows[name]?.result;
    return result !== undefined && 'outcome' in result ? [result.outcome.rounds] : [];
  });
  if (rounds.length < KILL_LOOPS.length) return [];
  const sum = rounds.reduce((total, each) => total + each, 0);
  const names = KILL_LOOPS.map((name) => `\`${name}\``).join(', ');
  return [
    `The ${sum} rounds of kill loops are the sum of four: ${names} (${rounds.join(', ')}). None has as many by itself.`,
    '',
  ];
}

function cells(name: string, { about, result, seconds }: Row): string[] {
  const start = [`\`${name}\``, about];
  if (!('outcome' in result)) return [...start, '', '', '', '', '', '**failed**', duration(seconds), ''];
  const { rounds, acknowledged, lost, double, shed = 0, recovered, note = '' } = result.outcome;
  const numbers = [rounds, acknowledged, lost, double, shed].map((n) => n.toLocaleString('en'));
  return [...start, ...numbers, recovered ? 'yes' : '**no**', duration(seconds), note];
}

function duration(seconds: number): string {
  return seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`;
}

function section(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `## ${title}`, '', ...items];
}

function table(lines: readonly (readonly string[])[]): string[] {
  return lines.map(
    (line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`,
  );
}
