import type { FirstPlugin } from './first-plugin.ts';

const BEGIN = '<!-- first plugin: written by packages/plugin-sdk/scripts/transcript.ts -->';
const END = '<!-- end -->';

/** What tells of this run, of this machine or of npm and not of the plugin. */
const NOISE = /^(?:npm (?:notice|warn)\b|\s+(?:Start at|Duration|Isolate|at least)\b| {3,}✓)/;

/** The commands and what they print, as in a terminal. */
export function transcriptOf({ outputs }: Pick<FirstPlugin, 'outputs'>): string {
  return outputs.map(({ command, output }) => `$ ${command}\n${cleaned(output)}\n`).join('\n');
}

function cleaned(output: string): string {
  const lines = output.split('\n').filter((line) => !NOISE.test(line));
  // The files of tests end in any order.
  const tests = lines.filter((line) => isTestFile(line)).sort();
  const sorted = lines.map((line) => (isTestFile(line) ? (tests.shift() ?? line) : line).trimEnd());
  return sorted
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function isTestFile(line: string): boolean {
  return line.startsWith(' ✓');
}

/** The same for two transcripts that differ by nothing but times, sizes, sums and how many tests there are. */
export function comparable(transcript: string): string {
  return transcript
    .replaceAll(/[0-9a-f]{64}/g, '<sum>')
    .replaceAll(/\d+(?= (?:packages|tests)\b)/g, '<n>')
    .replaceAll(/\d+ passed \(\d+\)/g, '<n> passed')
    .replaceAll(/\d+(?:\.\d+)? KiB/g, '<n> KiB')
    .replaceAll(/\b\d+(?:\.\d+)?(?:ms|s|m)\b/g, '<time>');
}

/** The transcript in a page: undefined if it has no place for one. */
export function transcriptIn(page: string): string | undefined {
  const { from, to } = placeIn(page) ?? {};
  return from === undefined
    ? undefined
    : page
        .slice(from, to)
        .replace(/^```console\n/, '')
        .replace(/```\n$/, '');
}

/** The page with this transcript. */
export function withTranscript(page: string, transcript: string): string {
  const place = placeIn(page);
  if (!place) throw new TypeError(`the page has no place for it: ${BEGIN} and ${END}, on lines of their own`);
  return `${page.slice(0, place.from)}\`\`\`console\n${transcript}\`\`\`\n${page.slice(place.to)}`;
}

function placeIn(page: string): { from: number; to: number } | undefined {
  const begin = page.indexOf(`${BEGIN}\n`);
  const to = page.indexOf(END, begin);
  return begin === -1 || to === -1 ? undefined : { from: begin + BEGIN.length + 1, to };
}
