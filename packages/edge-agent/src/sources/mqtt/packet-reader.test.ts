import * as fc from 'fast-check';
import { type Packet, generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { message } from './fake-broker.ts';
import { type Oversized, PacketReader, ProtocolError } from './packet-reader.ts';

function read(chunks: readonly Buffer[], maxPacket = 64): { packets: Packet[]; oversized: Oversized[] } {
  const packets: Packet[] = [];
  const oversized: Oversized[] = [];
  const reader = new PacketReader({
    version: 4,
    maxPacket,
    packet: (packet) => packets.push(packet),
    oversized: (m) => oversized.push(m),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { packets, oversized };
}

const seen = ({ packets, oversized }: ReturnType<typeof read>) => ({
  packets: packets.map((packet) =>
    packet.cmd === 'publish' ? [packet.topic, String(packet.payload), packet.messageId] : packet.cmd,
  ),
  oversized,
});

test('packets come whole, and too long messages with topic and id, wherever the chunks are cut', () => {
  const stream = Buffer.concat([
    generate({ cmd: 'pingresp' }),
    generate(message('a/b', 'one', { qos: 1, messageId: 7 })),
    generate(message('long/topic', 'x'.repeat(1000), { qos: 2, messageId: 300, dup: true })),
    generate(message('long', 'y'.repeat(70))),
    generate(message('c', 'two')),
    generate({ cmd: 'pubrel', messageId: 9 }),
  ]);
  const expected = {
    packets: ['pingresp', ['a/b', 'one', 7], ['c', 'two', undefined], 'pubrel'],
    oversized: [
      { topic: 'long/topic', qos: 2, messageId: 300, dup: true, bytes: 1014 },
      { topic: 'long', qos: 0, messageId: 0, dup: false, bytes: 76 },
    ],
  };
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(seen(read([stream.subarray(0, cut), stream.subarray(cut)]))).toEqual(expected);
  }
  expect(seen(read(Array.from(stream, (byte) => Buffer.of(byte))))).toEqual(expected);
});

test.each([
  ['an impossible length', Buffer.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01)],
  ['a long packet that is no message', Buffer.of(0x90, 0xff, 0x7f)],
  ['a long message without room for its topic', Buffer.of(0x30, 0x41, 0xff, 0xff, 0, 0)],
  ['both QoS bits', Buffer.concat([Buffer.of(0x36, 5), Buffer.alloc(5)])],
])('%s is refused', (_, bytes) => expect(() => read([bytes])).toThrow(ProtocolError));

test('bytes that are not MQTT are refused or waited on, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        read([Buffer.from(bytes)]);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 500 },
  );
});
