import { type Packet, parser } from 'mqtt-packet';

/** A message longer than is taken: enough of it to acknowledge it. */
export interface Oversized {
  readonly topic: string;
  readonly qos: number;
  /** 0 with QoS 0. */
  readonly messageId: number;
  readonly dup: boolean;
  readonly bytes: number;
}

export interface PacketReaderOptions {
  readonly version: 4 | 5;
  /** Most bytes of a packet after its fixed header. */
  readonly maxPacket: number;
  packet(packet: Packet): void;
  oversized(message: Oversized): void;
}

/** The broker does not speak MQTT, or not this version of it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

const PUBLISH = 3;
const CONTINUES = 0x80;
const MAX_LENGTH_BYTES = 4;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts what comes from a socket into packets, from chunks of any size, in bounded memory: the parser sees whole packets
 * only, and of a message that is too long nothing is kept but its topic and id.
 */
export class PacketReader {
  readonly #options: PacketReaderOptions;
  readonly #parser: ReturnType<typeof parser>;
  #rest: Buffer = EMPTY;
  /** Bytes still to come of a message that is dropped. */
  #skip = 0;
  #fault: unknown;

  constructor(options: PacketReaderOptions) {
    this.#options = options;
    this.#parser = parser({ protocolVersion: options.version });
    this.#parser.on('packet', (packet) => options.packet(packet));
    this.#parser.on('error', (error: unknown) => {
      this.#fault = error;
    });
  }

  /** Calls `packet` and `oversized` for all that `chunk` completes. Throws {@link ProtocolError}. */
  push(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    const fresh = chunk.subarray(skipped);
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, fresh]) : fresh;
    let parsedTo = 0;
    let at = 0;
    while (at < bytes.length) {
      const header = readHeader(bytes, at);
      if (!header) break;
      const { bodyAt, length } = header;
      if (length <= this.#options.maxPacket) {
        if (bodyAt + length > bytes.length) break;
        at = bodyAt + length;
        continue;
      }
      this.#parse(bytes.subarray(parsedTo, at));
      parsedTo = at;
      const oversized = readOversized(bytes, at, header);
      if (!oversized) break;
      this.#options.oversized(oversized);
      const end = Math.min(bodyAt + length, bytes.length);
      this.#skip = bodyAt + length - end;
      at = end;
      parsedTo = end;
    }
    this.#parse(bytes.subarray(parsedTo, at));
    // A copy: the chunk's memory belongs to the socket.
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : EMPTY;
  }

  #parse(packets: Buffer): void {
    if (packets.length > 0) this.#parser.parse(packets);
    if (this.#fault !== undefined) {
      const reason = this.#fault instanceof Error ? this.#fault.message : String(this.#fault);
      throw new ProtocolError(reason, { cause: this.#fault });
    }
  }
}

interface Header {
  /** Position after the fixed header. */
  readonly bodyAt: number;
  /** Bytes from there to the packet's end. */
  readonly length: number;
}

/** The fixed header at `at`, or undefined if it is not whole yet. */
function readHeader(bytes: Buffer, at: number): Header | undefined {
  let length = 0;
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    const position = at + 1 + i;
    if (position >= bytes.length) return undefined;
    length += (bytes[position] & ~CONTINUES) * CONTINUES ** i;
    if ((bytes[position] & CONTINUES) === 0) return { bodyAt: position + 1, length };
  }
  throw new ProtocolError('a packet has an impossible length');
}

/** Topic and id of the message at `at`, or undefined if they are not whole yet. */
function readOversized(bytes: Buffer, at: number, { bodyAt, length }: Header): Oversized | undefined {
  if (bytes[at] >> 4 !== PUBLISH) throw new ProtocolError(`a packet that is no message has ${length} bytes`);
  // MQTT 5, section 3.3.1: DUP and two bits of QoS, before RETAIN.
  const dup = (bytes[at] & 8) !== 0;
  const qos = (bytes[at] >> 1) & 3;
  if (bodyAt + 2 > bytes.length) return undefined;
  const topicAt = bodyAt + 2;
  const idAt = topicAt + bytes.readUInt16BE(bodyAt);
  const end = idAt + (qos > 0 ? 2 : 0);
  if (end > bodyAt + length) throw new ProtocolError('a message has no room for its topic');
  if (end > bytes.length) return undefined;
  const messageId = qos > 0 ? bytes.readUInt16BE(idAt) : 0;
  return { topic: bytes.toString('utf8', topicAt, idAt), qos, messageId, dup, bytes: length };
}
