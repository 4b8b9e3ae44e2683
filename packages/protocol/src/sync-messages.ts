import type { Range } from './ranges.ts';
import type { SeriesDefinition } from './series-table.ts';
import { Lane } from './lane.ts';
// Before the generated code, which takes its defaults from the setting.
import './plain-numbers.ts';
import { sluis } from './generated/sync.js';

/*
 * The messages of sync.proto as the rest of the code sees them: unions told apart by `type`, nothing optional, checked
 * when decoded. sync.proto says what each field means.
 */

const wire = sluis.sync.v1;

export interface Hello {
  readonly type: 'hello';
  readonly version: number;
  readonly minimumVersion: number;
  readonly agent: string;
  readonly site: string;
  readonly software: string;
  /** 32 hex digits. */
  readonly epoch: string;
  readonly lanes: readonly LaneWindow[];
  readonly clock: number;
  /** 32 hex digits; '' of an agent that speaks version 1. */
  readonly instance: string;
}

/** What an agent holds of a lane: from `lowest` to before `next`, in an epoch that began at `first`. */
export interface LaneWindow {
  readonly lane: Lane;
  readonly first: number;
  readonly lowest: number;
  readonly next: number;
}

export interface DefinitionsMessage {
  readonly type: 'definitions';
  readonly first: number;
  readonly series: readonly SeriesDefinition[];
}

export interface SegmentMessage {
  readonly type: 'segment';
  readonly lane: Lane;
  readonly sequences: Range;
  readonly samples: number;
  readonly crc: number;
  readonly data: Uint8Array;
  readonly seriesBound: number;
  /** The CRC that the segment of the last sequence has by itself: `crc`, unless segments were joined. */
  readonly lastCrc: number;
}

export interface Report {
  readonly type: 'report';
  readonly backlogSamples: number;
  readonly backlogBytes: number;
  readonly shed: readonly Shed[];
  readonly clock: number;
  readonly resent: number;
  readonly journal?: JournalLosses;
}

export interface Shed {
  readonly lane: Lane;
  readonly sequences: Range;
  readonly samples: number;
  readonly reason: string;
  /** Null where it is not known. */
  readonly firstTime: number | null;
  readonly lastTime: number | null;
  /** 32 hex digits, if it is not the session's. */
  readonly epoch?: string;
}

export interface JournalLosses {
  /** 32 hex digits. */
  readonly epoch: string;
  readonly losses: readonly JournalLoss[];
}

export interface JournalLoss {
  /** '' where it is not known. */
  readonly source: string;
  readonly reason: string;
  readonly samples: number;
  readonly sequences: Range;
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

export interface LaneReceived {
  readonly lane: Lane;
  readonly ranges: readonly Range[];
  readonly highestCrc: number;
}

export interface Welcome {
  readonly type: 'welcome';
  readonly version: number;
  readonly received: readonly LaneReceived[];
  readonly knownSeries: number;
  readonly credit: number;
}

export interface Ack {
  readonly type: 'ack';
  readonly received: readonly LaneReceived[];
  readonly knownSeries: number;
  readonly credit: number;
}

export const refusalReasons = ['unspecified', 'version', 'protocol', 'identity', 'store'] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export interface Refusal {
  readonly type: 'refusal';
  readonly reason: RefusalReason;
  readonly message: string;
  /** The segment that is refused, if it is one segment and would be refused again. */
  readonly segment?: RefusedSegment;
}

export interface RefusedSegment {
  readonly lane: Lane;
  readonly sequences: Range;
}

export type AgentMessage = Hello | DefinitionsMessage | SegmentMessage | Report;
export type HubMessage = Welcome | Ack | Refusal;

/** A message that does not follow the schema: the peer is not, or no longer, one of ours. */
export class SyncMessageError extends Error {
  override readonly name = 'SyncMessageError';
}

export function encodeAgentMessage(message: AgentMessage): Uint8Array {
  switch (message.type) {
    case 'hello':
      return wire.AgentMessage.encode({
        hello: {
          ...message,
          epoch: Buffer.from(message.epoch, 'hex'),
          instance: message.instance === '' ? undefined : Buffer.from(message.instance, 'hex'),
          lanes: [...message.lanes],
        },
      }).finish();
    case 'definitions':
      return wire.AgentMessage.encode({ definitions: { first: message.first, series: [...message.series] } }).finish();
    case 'segment':
      return wire.AgentMessage.encode({
        segment: { ...message, lastCrc: message.lastCrc === message.crc ? undefined : message.lastCrc },
      }).finish();
    case 'report':
      return wire.AgentMessage.encode({
        report: {
          ...message,
          shed: message.shed.map(({ epoch, ...shed }) => ({
            ...shed,
            ...(epoch && { epoch: Buffer.from(epoch, 'hex') }),
          })),
          resent: message.resent || undefined,
          journal: message.journal && wireLosses(message.journal),
        },
      }).finish();
  }
}

export function decodeAgentMessage(bytes: Uint8Array): AgentMessage {
  const { hello, definitions, segment, report } = decoded(() => wire.AgentMessage.decode(bytes));
  if (hello) {
    return {
      type: 'hello',
      version: hello.version ?? 0,
      minimumVersion: hello.minimumVersion ?? 0,
      agent: hello.agent ?? '',
      site: hello.site ?? '',
      software: hello.software ?? '',
      epoch: idOf(hello.epoch),
      lanes: (hello.lanes ?? []).map(windowOf),
      clock: wholeOf(hello.clock),
      instance: hello.instance?.length ? idOf(hello.instance) : '',
    };
  }
  if (definitions) {
    const series = (definitions.series ?? []).map(({ path, unit }) => ({ path: path ?? '', unit: unit ?? '' }));
    return { type: 'definitions', first: definitions.first ?? 0, series };
  }
  if (segment) {
    return {
      type: 'segment',
      lane: laneOf(segment.lane),
      sequences: rangeOf(segment.sequences),
      samples: segment.samples ?? 0,
      crc: segment.crc ?? 0,
      data: segment.data ?? new Uint8Array(0),
      seriesBound: segment.seriesBound ?? 0,
      lastCrc: segment.lastCrc ?? segment.crc ?? 0,
    };
  }
  if (report) {
    return {
      type: 'report',
      backlogSamples: wholeOf(report.backlogSamples),
      backlogBytes: wholeOf(report.backlogBytes),
      shed: (report.shed ?? []).map((shed) => ({
        lane: laneOf(shed.lane),
        sequences: rangeOf(shed.sequences),
        samples: wholeOf(shed.samples),
        reason: shed.reason ?? '',
        firstTime: timeOf(shed.firstTime),
        lastTime: timeOf(shed.lastTime),
        ...(shed.epoch?.length && { epoch: idOf(shed.epoch) }),
      })),
      clock: wholeOf(report.clock),
      resent: wholeOf(report.resent),
      ...(report.journal && { journal: lossesOf(report.journal) }),
    };
  }
  throw new SyncMessageError('a message from the agent is of no kind that this version knows');
}

export function encodeHubMessage(message: HubMessage): Uint8Array {
  switch (message.type) {
    case 'welcome':
      return wire.HubMessage.encode({ welcome: { ...message, received: message.received.map(wireReceived) } }).finish();
    case 'ack':
      return wire.HubMessage.encode({ ack: { ...message, received: message.received.map(wireReceived) } }).finish();
    case 'refusal':
      return wire.HubMessage.encode({
        refusal: { reason: refusalReasons.indexOf(message.reason), message: message.message, ...message.segment },
      }).finish();
  }
}

export function decodeHubMessage(bytes: Uint8Array): HubMessage {
  const { welcome, ack, refusal } = decoded(() => wire.HubMessage.decode(bytes));
  if (welcome) {
    return { type: 'welcome', version: welcome.version ?? 0, ...progressOf(welcome) };
  }
  if (ack) return { type: 'ack', ...progressOf(ack) };
  if (refusal) {
    return {
      type: 'refusal',
      reason: refusalReasons[refusal.reason ?? 0] ?? 'unspecified',
      message: refusal.message ?? '',
      ...(refusal.sequences && {
        segment: { lane: laneOf(refusal.lane), sequences: rangeOf(refusal.sequences) },
      }),
    };
  }
  throw new SyncMessageError('a message from the hub is of no kind that this version knows');
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new SyncMessageError('a message is not encoded as sync.proto says', { cause });
  }
}

function progressOf(message: {
  received?: sluis.sync.v1.LaneReceived.$Properties[] | null;
  knownSeries?: number | null;
  credit?: number | null;
}) {
  const received = (message.received ?? []).map(({ lane, ranges, highestCrc }) => ({
    lane: laneOf(lane),
    ranges: (ranges ?? []).map(rangeOf),
    highestCrc: highestCrc ?? 0,
  }));
  return { received, knownSeries: message.knownSeries ?? 0, credit: wholeOf(message.credit) };
}

function wireLosses({ epoch, losses }: JournalLosses): sluis.sync.v1.JournalLosses.$Properties {
  return { epoch: Buffer.from(epoch, 'hex'), losses: [...losses] };
}

function lossesOf({ epoch, losses }: sluis.sync.v1.JournalLosses.$Properties): JournalLosses {
  return {
    epoch: idOf(epoch),
    losses: (losses ?? []).map(({ source, reason, samples, sequences, firstTime, lastTime }) => ({
      source: source ?? '',
      reason: reason ?? '',
      samples: wholeOf(samples),
      sequences: rangeOf(sequences),
      firstTime: timeOf(firstTime),
      lastTime: timeOf(lastTime),
    })),
  };
}

function wireReceived({ lane, ranges, highestCrc }: LaneReceived): sluis.sync.v1.LaneReceived.$Properties {
  return { lane, ranges: [...ranges], highestCrc };
}

const ID_BYTES = 16;

/** Of an epoch, or of a process. */
function idOf(bytes: Uint8Array | null | undefined): string {
  if (bytes?.length !== ID_BYTES)
    throw new SyncMessageError(`an id has ${ID_BYTES} bytes, this one ${bytes?.length ?? 0}`);
  return Buffer.from(bytes).toString('hex');
}

function laneOf(lane: number | null | undefined): Lane {
  if (lane !== Lane.alarm && lane !== Lane.data && lane !== Lane.detail)
    throw new SyncMessageError(`there is no lane ${lane ?? 0}`);
  return lane;
}

function windowOf(window: sluis.sync.v1.LaneState.$Properties): LaneWindow {
  const [first, lowest, next] = [window.first, window.lowest, window.next].map(wholeOf);
  if (first > lowest || lowest > next) {
    throw new SyncMessageError(`a lane that began at ${first} and goes to ${next} cannot hold from ${lowest} on`);
  }
  return { lane: laneOf(window.lane), first, lowest, next };
}

function rangeOf(range: { from?: number | null; to?: number | null } | null | undefined): Range {
  const from = wholeOf(range?.from);
  const to = wholeOf(range?.to);
  if (from >= to) throw new SyncMessageError(`a range of sequences must hold at least one, this is ${from} to ${to}`);
  return { from, to };
}

function timeOf(time: number | null | undefined): number | null {
  return time === null || time === undefined ? null : wholeOf(time);
}

/** Of a 64-bit field: beyond 2^53 two numbers are read as one, and no store keeps them. */
function wholeOf(number: number | null | undefined): number {
  const whole = number ?? 0;
  if (!Number.isSafeInteger(whole)) throw new SyncMessageError(`a number must be below 2^53, this is ${whole}`);
  return whole;
}
