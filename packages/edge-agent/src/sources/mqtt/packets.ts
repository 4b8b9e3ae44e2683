import { generate } from 'mqtt-packet';
import type { MqttConfig } from './config.ts';

/* The packets that are sent to a broker. */

const MICROSECONDS_PER_S = 1_000_000;
const SUBSCRIBE_ID = 1;
const UNSUBSCRIBE_ID = 2;
/** MQTT 5, section 3.8.3.1: retained messages are sent for a subscription that is new, or not at all. */
const RETAINED_IF_NEW = 1;
const NO_RETAINED = 2;
/** First bytes of the packets that are written by hand (MQTT 5, section 2.1): all are the byte, a 2, and the message id. */
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBCOMP = 0x70;
const ACK_BYTES = 4;

export interface Ack {
  readonly type: typeof PUBACK | typeof PUBREC | typeof PUBCOMP;
  readonly id: number;
}

/** The same unit as the broker's: seconds, rounded up. */
export function secondsOf(µs: number): number {
  return Math.ceil(µs / MICROSECONDS_PER_S);
}

export function connectPacket(clientId: string, config: MqttConfig): Buffer {
  const { version, clean, keepalive, username, password, sessionExpiry, receiveMaximum } = config;
  return generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clientId,
    clean,
    keepalive: secondsOf(keepalive),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: Buffer.from(password) }),
    ...(version === 5 && {
      properties: { sessionExpiryInterval: clean ? 0 : secondsOf(sessionExpiry), receiveMaximum },
    }),
  });
}

export function subscribePacket(filters: readonly string[], { version, retained, qos }: MqttConfig): Buffer {
  const rh = retained === 'take' ? RETAINED_IF_NEW : NO_RETAINED;
  const subscriptions = filters.map((topic) => ({ topic, qos, ...(version === 5 && { rh }) }));
  return generate({ cmd: 'subscribe', messageId: SUBSCRIBE_ID, subscriptions }, { protocolVersion: version });
}

export function unsubscribePacket(filters: readonly string[], { version }: MqttConfig): Buffer {
  return generate(
    { cmd: 'unsubscribe', messageId: UNSUBSCRIBE_ID, unsubscriptions: [...filters] },
    { protocolVersion: version },
  );
}

export function pingPacket(): Buffer {
  return generate({ cmd: 'pingreq' });
}

export function disconnectPacket({ version }: MqttConfig): Buffer {
  return generate({ cmd: 'disconnect', ...(version === 5 && { reasonCode: 0 }) }, { protocolVersion: version });
}

/** Many at once: there may be thousands a second, each of four bytes. */
export function ackPackets(acks: readonly Ack[]): Buffer {
  const bytes = Buffer.allocUnsafe(acks.length * ACK_BYTES);
  for (const [i, { type, id }] of acks.entries())
    bytes.writeUInt32BE(((type << 24) | (2 << 16) | id) >>> 0, i * ACK_BYTES);
  return bytes;
}
