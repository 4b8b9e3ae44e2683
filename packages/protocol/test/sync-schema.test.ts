import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AgentMessage, type HubMessage, Lane, MINIMUM_SYNC_VERSION, SYNC_VERSION } from '../src/index.ts';
import {
  SyncMessageError,
  decodeAgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  encodeHubMessage,
} from '../src/sync.ts';

const root = join(import.meta.dirname, '..');

/** What sync.proto says to a machine: comments and space left out. */
function schemaHash(): string {
  const schema = readFileSync(join(root, 'sync.proto'), 'utf8')
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return createHash('sha256').update(schema).digest('hex').slice(0, 16);
}

/** The schema of each version. Entries of released versions are never changed. */
const schemas: Record<number, string> = { 1: '8cf4cfc9a45021b1', 2: 'db5d99e04ca2112b' };

test('sync.proto is the schema of SYNC_VERSION', () => {
  expect(
    schemaHash(),
    `sync.proto has changed. Decide what that means for a peer that speaks the version before:
  - if it may ignore what is new (a field or member added), and this version is not released yet: put the new hash here;
  - if it is released, or the peer has to know: raise SYNC_VERSION in src/version.ts, add a line here, keep the lines
    of the versions before, and raise MINIMUM_SYNC_VERSION only if this build can no longer talk to them.
Then run "pnpm generate" and add golden bytes below for what is new; the golden bytes that are there stay.`,
  ).toBe(schemas[SYNC_VERSION]);
  expect(MINIMUM_SYNC_VERSION).toBeLessThanOrEqual(SYNC_VERSION);
  expect(Object.keys(schemas).map(Number)).toEqual(Array.from({ length: SYNC_VERSION }, (_, i) => i + 1));
});

test('generated code is what sync.proto generates', () => {
  execFileSync(process.execPath, [join(root, 'scripts/generate.ts'), '--check'], { encoding: 'utf8' });
});

test('generated code loads in plain Node, and its 64-bit fields are numbers', () => {
  const program = `
    import { sluis } from '@sluis/protocol/sync';
    const { Hello } = sluis.sync.v1;
    console.log(JSON.stringify(Hello.decode(Hello.encode({ clock: 2 ** 52 + 1 }).finish()).clock));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toBe(2 ** 52 + 1);
});

/** Greater than 2^32, so that a decoder that cuts 64-bit fields is seen. */
const BIG = 2 ** 40 + 5;

const agentMessages: [AgentMessage, string][] = [
  [
    {
      type: 'hello',
      version: 1,
      minimumVersion: 1,
      agent: 'press-1',
      site: 'lab',
      software: 'sluis 0.1.0',
      epoch: '000102030405060708090a0b0c0d0e0f',
      lanes: [{ lane: Lane.data, first: 1, lowest: 7, next: BIG }],
      clock: 1_700_000_000_000_000,
      instance: '',
    },
    '0a49080110011a0770726573732d3122036c61622a0b736c75697320302e312e303210000102030405060708090a0b0c0d0e0f3a0d08021001180720858080808020408080f9c0c1c48203',
  ],
  [
    { type: 'definitions', first: 2, series: [{ path: 'lab/m1/temperature', unit: 'Cel' }] },
    '121d080212190a126c61622f6d312f74656d7065726174757265120343656c',
  ],
  [
    {
      type: 'segment',
      lane: Lane.alarm,
      sequences: { from: BIG, to: BIG + 2 },
      samples: 3,
      crc: 0xfedcba98,
      data: Buffer.from([1, 0]),
      seriesBound: 9,
      lastCrc: 0xfedcba98,
    },
    '1a1f0801120e088580808080201087808080802018032598badcfe2a0201003009',
  ],
  [
    {
      type: 'report',
      backlogSamples: BIG,
      backlogBytes: 300,
      shed: [
        {
          lane: Lane.detail,
          sequences: { from: 1, to: 2 },
          samples: 4,
          reason: 'quota',
          firstTime: null,
          lastTime: null,
        },
      ],
      clock: 1_700_000_000_000_000,
      resent: 0,
    },
    '22260885808080802010ac021a1108031204080110021804220571756f7461208080f9c0c1c48203',
  ],
];

/** What version 2 added. */
const laterAgentMessages: [AgentMessage, string][] = [
  [
    {
      type: 'hello',
      version: 2,
      minimumVersion: 1,
      agent: 'a',
      site: 'b',
      software: '',
      epoch: '000102030405060708090a0b0c0d0e0f',
      lanes: [],
      clock: 1,
      instance: '101112131415161718191a1b1c1d1e1f',
    },
    '0a30080210011a01612201623210000102030405060708090a0b0c0d0e0f40014a10101112131415161718191a1b1c1d1e1f',
  ],
  [
    {
      type: 'segment',
      lane: Lane.data,
      sequences: { from: 1, to: 9 },
      samples: 3,
      crc: 1,
      data: Buffer.from([1, 0]),
      seriesBound: 9,
      lastCrc: 0,
    },
    '1a1a0802120408011009180325010000002a02010030093d00000000',
  ],
  [
    {
      type: 'report',
      backlogSamples: 1,
      backlogBytes: 2,
      shed: [
        {
          lane: Lane.data,
          sequences: { from: 1, to: 2 },
          samples: 4,
          reason: 'age',
          firstTime: -5,
          lastTime: 1_700_000_000_000_000,
        },
      ],
      clock: 3,
      resent: 7,
    },
    '2224080110021a1a0802120408011002180422036167652809308080f2818389850620032807',
  ],
  [
    {
      type: 'report',
      backlogSamples: 1,
      backlogBytes: 2,
      shed: [
        {
          lane: Lane.data,
          sequences: { from: 1, to: 2 },
          samples: 4,
          reason: 'age',
          firstTime: null,
          lastTime: null,
          epoch: '000102030405060708090a0b0c0d0e0f',
        },
      ],
      clock: 3,
      resent: 0,
      journal: {
        epoch: '101112131415161718191a1b1c1d1e1f',
        losses: [
          {
            source: 'tcp',
            reason: 'quota',
            samples: BIG,
            sequences: { from: 2, to: BIG },
            firstTime: -5,
            lastTime: 7,
          },
        ],
      },
    },
    '2261080110021a210802120408011002180422036167653a10000102030405060708090a0b0c0d0e0f200332360a10101112131415161718191a1b1c1d1e1f12220a03746370120571756f74611885808080802022090802108580808080202809300e',
  ],
];

const received = [
  {
    lane: Lane.data,
    ranges: [
      { from: 1, to: 5 },
      { from: 8, to: BIG },
    ],
    highestCrc: 0x01020304,
  },
];

const hubMessages: [HubMessage, string][] = [
  [
    { type: 'welcome', version: 1, received, knownSeries: 12, credit: BIG },
    '0a2508011218080212040801100512090808108580808080201d04030201180c20858080808020',
  ],
  [
    { type: 'ack', received, knownSeries: 12, credit: 1 << 20 },
    '12200a18080212040801100512090808108580808080201d04030201100c18808040',
  ],
  [{ type: 'refusal', reason: 'version', message: 'update the agent' }, '1a140801121075706461746520746865206167656e74'],
  [
    {
      type: 'refusal',
      reason: 'protocol',
      message: 'no',
      segment: { lane: Lane.data, sequences: { from: 8, to: BIG } },
    },
    '1a13080212026e6f18022209080810858080808020',
  ],
];

describe('golden bytes', () => {
  test.each([...agentMessages, ...laterAgentMessages])('of the agent: %o', (message, hex) => {
    expect(Buffer.from(encodeAgentMessage(message)).toString('hex')).toBe(hex);
    expect(decodeAgentMessage(Buffer.from(hex, 'hex'))).toEqual(message);
  });

  test.each(hubMessages)('of the hub: %o', (message, hex) => {
    expect(Buffer.from(encodeHubMessage(message)).toString('hex')).toBe(hex);
    expect(decodeHubMessage(Buffer.from(hex, 'hex'))).toEqual(message);
  });

  test('fields of a later version are passed over', () => {
    // Field 15 of the message, and of the refusal in it.
    expect(decodeHubMessage(Buffer.from('1a0508017a01787a0178', 'hex'))).toMatchObject({
      type: 'refusal',
      reason: 'version',
    });
  });
});

describe('numbers that are no whole numbers below 2^53, and windows that end before they begin, are refused', () => {
  const [hello, , segment, report] = agentMessages.map(([message]) => message);
  const lane = { lane: Lane.data, first: 1, lowest: 7, next: 9 };
  const wrong: [string, object][] = [
    ['hello.clock', { ...hello, clock: 2 ** 53 }],
    ['hello.lanes.first', { ...hello, lanes: [{ ...lane, first: 2 ** 60, lowest: 2 ** 61, next: 2 ** 62 }] }],
    ['hello.lanes.lowest', { ...hello, lanes: [{ ...lane, lowest: 10 }] }],
    ['hello.lanes.next', { ...hello, lanes: [{ ...lane, next: 2 ** 64 - 2048 }] }],
    ['segment.sequences.to', { ...segment, sequences: { from: 1, to: 2 ** 53 } }],
    ['segment.sequences', { ...segment, sequences: { from: 2, to: 2 } }],
    ['report.backlogSamples', { ...report, backlogSamples: 2 ** 64 - 2048 }],
    ['report.backlogBytes', { ...report, backlogBytes: 2 ** 53 }],
    ['report.clock', { ...report, clock: 2 ** 53 }],
    ['report.resent', { ...report, resent: 2 ** 53 }],
    [
      'report.shed.lastTime',
      {
        ...report,
        shed: [{ lane: 2, sequences: { from: 1, to: 2 }, samples: 1, reason: '', firstTime: 0, lastTime: 2 ** 60 }],
      },
    ],
    [
      'report.shed.samples',
      {
        ...report,
        shed: [
          { lane: 2, sequences: { from: 1, to: 2 }, samples: 2 ** 53, reason: '', firstTime: null, lastTime: null },
        ],
      },
    ],
  ];
  test.each(wrong)('%s', (_, message) => {
    expect(() => decodeAgentMessage(encodeAgentMessage(message as AgentMessage))).toThrow(SyncMessageError);
  });

  test('credit', () => {
    const ack: HubMessage = { type: 'ack', received: [], knownSeries: 0, credit: 2 ** 53 };
    expect(() => decodeHubMessage(encodeHubMessage(ack))).toThrow(SyncMessageError);
  });
});
