import { type Address, formatAddress, formatDuration, formatSize, type SourceOutline } from '@sluis/plugin-sdk';
import { whyNonePass } from '../operators/cel/impossible.ts';
import { haveOwnNames } from '../operators/index.ts';
import { MAX_WINDOWS } from '../operators/window.ts';
import { lengthOf, type WindowConfig } from '../operators/window/config.ts';
import { fitToDisk } from '../log/disk-limits.ts';
import { isLoopback } from './hub-address.ts';
import { patternsMeet } from './patterns-meet.ts';
import type { AgentConfig } from './schema.ts';
import { isRenamed, keeps, patternOffSite, renamedAlike } from './series-patterns.ts';

/** What is allowed, and probably not what was meant. */
export interface Surprise {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string;
}

export interface Facts {
  readonly config: Omit<AgentConfig, 'folder'>;
  readonly outlines: Readonly<Record<string, SourceOutline>>;
  /** Size of the file system of the data folder, if it can be told. */
  readonly diskBytes: number | undefined;
  /** Where the file has a secret as it is. */
  readonly plainSecrets: readonly (readonly PropertyKey[])[];
  /** If the file has something at a place, which else has its default. */
  isWritten(path: readonly PropertyKey[]): boolean;
}

export interface Rule {
  /** Names the warning for scripts. */
  readonly id: string;
  find(facts: Facts): Surprise[];
}

/** Series that a window with much lateness should have room for. */
const FEW_SERIES = 100;

/** Some commits of an outbox, which are of 64 to 256 KiB. */
const FEW_BYTES = 2 ** 20;

/** Each says only what is certain or likely to surprise: a warning that is often wrong hides those that are right. */
export const rules: readonly Rule[] = [
  {
    id: 'source-unread',
    find: ({ config: { sources, streams } }) =>
      Object.keys(sources)
        .filter((name) => !Object.values(streams).some(({ from }) => from.includes(name)))
        .map((name) => ({
          path: ['sources', name],
          message: `no stream reads "${name}": its samples stay at the edge`,
          hint: `name it in the "from" of a stream, or leave it so if it shall stay on the site`,
        })),
  },
  {
    id: 'nothing-passes',
    find: ({ config }) =>
      stepsOf(config).flatMap(({ path, steps, index }) => {
        if (!('where' in steps[index])) return [];
        const before = steps.slice(0, index);
        // Conditions are about the same samples as far back as steps keep these as they are.
        const changed = before.findLastIndex((step) => !keeps(step));
        const conditions = steps
          .slice(changed + 1, index + 1)
          .flatMap(({ where }) => (typeof where === 'string' ? [where] : []));
        const site = isRenamed(before) ? undefined : config.agent.site;
        const around = { site, onlyNumbers: changed !== -1 && 'window' in steps[changed] };
        const why = whyNonePass(conditions, around);
        // What follows a condition that nothing fulfils is not to blame.
        if (why === undefined || whyNonePass(conditions.slice(0, -1), around) !== undefined) return [];
        const windowed = steps.slice(index).some((step) => 'window' in step);
        return [
          {
            path: [...path, 'where'],
            message: `no sample passes here: ${why}`,
            hint: `nothing comes out of it${windowed ? ', and no window of it ever closes' : ''}: check the condition`,
          },
        ];
      }),
  },
  {
    id: 'same-series',
    find: ({ config, outlines }) =>
      pairs(Object.keys(config.sources)).flatMap(([one, other]) => {
        if (config.sources[one].type !== config.sources[other].type || !leaveAlike(config, one, other)) return [];
        const shared = outlines[one].paths?.find((path) =>
          outlines[other].paths?.some((theirs) => patternsMeet(path, theirs)),
        );
        if (shared === undefined) return [];
        return [
          {
            path: ['sources', other],
            message: `"${one}" and "${other}" may give the same name to different series, such as ${config.agent.site}/${shared}`,
            hint: 'of two samples with one name and time only one counts: read them in streams of their own, one of them with  as: NAME',
          },
        ];
      }),
  },
  {
    id: 'same-address',
    find: ({ config, outlines }) => {
      const listeners = [
        { path: ['agent', 'status'], who: 'the status page', address: config.agent.status },
        ...Object.entries(outlines).flatMap(([name, { listens = [] }]) =>
          listens.map((address) => ({ path: ['sources', name], who: `"${name}"`, address })),
        ),
      ];
      return pairs(listeners).flatMap(([one, other]) =>
        meet(one.address, other.address)
          ? [
              {
                path: other.path,
                message: `${other.who} wants ${formatAddress(other.address)}, which ${one.who} has already`,
                hint: 'only one of them can listen there: give one another port',
              },
            ]
          : [],
      );
    },
  },
  {
    id: 'series-beyond-limit',
    find: ({ config: { limits, sources } }) =>
      Object.entries(sources)
        .filter(([, { maxSeries }]) => maxSeries !== undefined && maxSeries > limits.series)
        .map(([name, { maxSeries }]) => ({
          path: ['sources', name, 'maxSeries'],
          message: `"${name}" may add ${maxSeries} series, and the agent takes ${limits.series} in all`,
          hint: 'raise limits.series, or lower maxSeries',
        })),
  },
  {
    id: 'key-without-effect',
    find: ({ outlines, isWritten }) =>
      Object.entries(outlines).flatMap(([name, { unused = {} }]) =>
        Object.entries(unused)
          .map(([key, why]) => ({ path: ['sources', name, key], why }))
          .filter(({ path }) => isWritten(path))
          .map(({ path, why }) => ({
            path,
            message: `"${path.at(-1)}" has no effect here: ${why}`,
            hint: 'leave it out, or change what it depends on',
          })),
      ),
  },
  {
    id: 'secret-in-file',
    find: ({ plainSecrets }) =>
      plainSecrets.map((path) => ({
        path,
        message: 'a secret stands in the file: whoever sees the file has it',
        hint: 'put it into a file of the secrets folder, and write ${secret:NAME} here',
      })),
  },
  {
    id: 'last-window-open',
    find: ({ config, outlines }) =>
      stepsOf(config).flatMap(({ path, window, stream }) => {
        const ends = config.streams[stream].from.filter((source) => outlines[source]?.ends);
        if (!window || window.idle !== undefined || window.sliding !== undefined || ends.length === 0) return [];
        return [
          {
            path: [...path, 'window'],
            message: `after the last sample of ${ends.join(', ')} its window stays open: no later sample closes it`,
            hint: 'add  idle: 1m  to close the windows of a series that is silent for so long',
          },
        ];
      }),
  },
  {
    id: 'late-windows-crowd',
    find: ({ config }) =>
      stepsOf(config).flatMap(({ path, window }) => {
        // Of other windows nobody knows beforehand how many there are.
        if (!window?.every) return [];
        const { every, size = every } = window;
        const held = Math.ceil((window.lateness + size - every) / every) + 1;
        const series = Math.floor(MAX_WINDOWS / held);
        if (series >= FEW_SERIES) return [];
        return [
          {
            path: [...path, 'window', 'lateness'],
            message: `each series holds ${held} windows open, and more than ${series} series are more than fit in memory: the oldest close early`,
            hint: `lessen lateness (${formatDuration(window.lateness)}), or lengthen every: late samples revise closed windows, too`,
          },
        ];
      }),
  },
  {
    id: 'window-of-windows',
    find: ({ config }) =>
      stepsOf(config).flatMap(({ path, window, steps, index }) => {
        const before = steps
          .slice(0, index)
          .map(windowOf)
          .findLast((step) => step !== undefined);
        if (!window?.every || !before?.every || window.every % before.every === 0) return [];
        return [
          {
            path: [...path, 'window', 'every'],
            message: `windows of ${formatDuration(window.every)} do not hold whole windows of ${formatDuration(before.every)}, which come in`,
            hint: `make it a multiple of ${formatDuration(before.every)}, or give the stream one window`,
          },
        ];
      }),
  },
  {
    id: 'window-beyond-journal',
    find({ config }) {
      const { keep } = config.journal;
      const longest = Math.max(
        0,
        ...stepsOf(config).map(({ window }) => (window ? lengthOf(window) + window.lateness : 0)),
      );
      if (keep === undefined || longest <= keep) return [];
      return [
        {
          path: ['journal', 'keep'],
          message: `a window takes ${formatDuration(longest)} to close, and the journal keeps ${formatDuration(keep)}: without a usable snapshot its beginning is lost`,
          hint: `keep at least ${formatDuration(longest)}`,
        },
      ];
    },
  },
  {
    id: 'deadband-after-window',
    find: ({ config }) =>
      stepsOf(config).flatMap(({ path, steps, index }) => {
        const window = steps
          .slice(0, index)
          .map(windowOf)
          .findLast((step) => step !== undefined);
        if (!window || !('deadband' in steps[index])) return [];
        return [
          {
            path: [...path, 'deadband'],
            message: `results of the window that are close to the last one are left out, each of ${window.aggregate.join(', ')} by itself, and so are corrections by late samples`,
            hint: 'put deadband in front of the window to thin out samples, or leave it out',
          },
        ];
      }),
  },
  {
    id: 'never-sent',
    find: ({ config: { hub } }) =>
      hub.limit === 0 && hub.schedule.every(({ limit }) => limit === 0)
        ? [
            {
              path: ['hub', 'limit'],
              message: 'nothing but alarms is ever sent: the limit is 0B at all times',
              hint: 'raise it, or add a time to hub.schedule at which there is more',
            },
          ]
        : [],
  },
  {
    id: 'status-open',
    find: ({
      config: {
        agent: { status },
      },
    }) =>
      isLoopback(status.host)
        ? []
        : [
            {
              path: ['agent', 'status'],
              message: `the status page can be read by whoever reaches ${formatAddress(status)}: it asks for no password`,
              hint: 'write 127.0.0.1 unless others shall see it',
            },
          ],
  },
  {
    id: 'quota-tiny',
    find({ config: { journal, outbox } }) {
      const hardQuota = journal.hardQuota ?? 2 * journal.quota;
      const quotas = [
        {
          path: ['journal', journal.hardQuota === undefined ? 'quota' : 'hardQuota'],
          what: 'intake',
          bytes: hardQuota,
        },
        { path: ['outbox', 'quota'], what: 'what is sent', bytes: outbox.quota },
      ];
      return quotas
        .filter(({ bytes }) => bytes < FEW_BYTES)
        .map(({ path, what, bytes }) => ({
          path,
          message: `${what} stops at ${formatSize(bytes)}, which a few commits fill`,
          hint: `give it at least ${formatSize(FEW_BYTES)}`,
        }));
    },
  },
  {
    id: 'quota-beyond-disk',
    find({ config: { journal, outbox }, diskBytes }) {
      const hardQuotaBytes = journal.hardQuota ?? 2 * journal.quota;
      const asked = { journal: { quotaBytes: journal.quota, hardQuotaBytes }, outbox: { quotaBytes: outbox.quota } };
      if (diskBytes === undefined || !fitToDisk(asked, diskBytes).isCut) return [];
      const wanted = hardQuotaBytes + outbox.quota;
      return [
        {
          path: outbox.quota > hardQuotaBytes ? ['outbox', 'quota'] : ['journal', 'quota'],
          message: `journal and outbox may grow to ${formatSize(wanted)}, too much for a disk of ${formatSize(roundMiB(diskBytes))}: they are cut`,
          hint: 'lower journal.quota and outbox.quota so that both fit, with room for what else is on the disk',
        },
      ];
    },
  },
  patternOffSite,
  renamedAlike,
];

/** The rules' ids, and what each finds. */
export function surprises(facts: Facts): (Surprise & { readonly rule: string })[] {
  return rules.flatMap(({ id, find }) => find(facts).map((surprise) => ({ rule: id, ...surprise })));
}

function stepsOf({ streams }: Facts['config']) {
  return Object.entries(streams).flatMap(([stream, { steps }]) =>
    steps.map((step, index) => ({
      stream,
      steps,
      index,
      window: windowOf(step),
      path: ['streams', stream, 'steps', index],
    })),
  );
}

function windowOf(step: object): WindowConfig | undefined {
  return 'window' in step ? (step.window as WindowConfig) : undefined;
}

/** Some stream, or two that keep names apart in nothing, emit what both sources give. */
function leaveAlike({ streams }: Facts['config'], one: string, other: string): boolean {
  const all = Object.values(streams);
  const plain = all.filter(({ steps }) => !haveOwnNames(steps));
  return (
    all.some(({ from }) => from.includes(one) && from.includes(other)) ||
    plain.some((a) => a.from.includes(one) && plain.some((b) => b.from.includes(other) && a.as === b.as))
  );
}

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

function meet(one: Address, other: Address): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || ANY_ADDRESS.has(one.host) || ANY_ADDRESS.has(other.host);
}

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((one, i) => items.slice(i + 1).map((other): [Item, Item] => [one, other]));
}

const MIB = 2 ** 20;

function roundMiB(bytes: number): number {
  return Math.floor(bytes / MIB) * MIB;
}
