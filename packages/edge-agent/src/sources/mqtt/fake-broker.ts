import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type IConnackPacket, type IPublishPacket, type Packet, generate, parser } from 'mqtt-packet';

/** One client's connection as the broker sees it. */
export interface Client {
  readonly socket: Socket;
  /** All packets that came, in order. */
  readonly packets: Packet[];
  send(...packets: Packet[]): void;
  acks(cmd: Packet['cmd']): (number | undefined)[];
}

/** A broker under the test's control: it accepts, grants what is asked, and publishes what it is told. */
export class FakeBroker implements AsyncDisposable {
  readonly clients: Client[] = [];
  readonly version: 4 | 5;
  connack: Partial<IConnackPacket> = {};
  granted: number[] | undefined;
  /** When false, pings are not answered. */
  answersPings = true;
  readonly #server = createServer((socket) => this.#accept(socket));

  constructor(version: 4 | 5) {
    this.version = version;
  }

  get started(): boolean {
    return this.#server.listening;
  }

  async start(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.clients) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    const options = { protocolVersion: this.version };
    const packets: Packet[] = [];
    const client: Client = {
      socket,
      packets,
      send: (...sent) => socket.write(Buffer.concat(sent.map((packet) => generate(packet, options)))),
      acks: (cmd) => packets.filter((packet) => packet.cmd === cmd).map((packet) => packet.messageId),
    };
    this.clients.push(client);
    const incoming = parser(options);
    incoming.on('packet', (packet) => {
      packets.push(packet);
      if (packet.cmd === 'connect') {
        const code = this.version === 5 ? { reasonCode: 0 } : { returnCode: 0 };
        client.send({ cmd: 'connack', sessionPresent: false, ...code, ...this.connack });
      } else if (packet.cmd === 'subscribe') {
        const granted = this.granted ?? packet.subscriptions.map(({ qos }) => qos);
        client.send({ cmd: 'suback', granted, messageId: packet.messageId });
      } else if (packet.cmd === 'unsubscribe') {
        client.send({ cmd: 'unsuback', granted: packet.unsubscriptions.map(() => 0), messageId: packet.messageId });
      } else if (packet.cmd === 'pingreq' && this.answersPings) client.send({ cmd: 'pingresp' });
    });
    socket.on('data', (chunk: Buffer) => incoming.parse(chunk));
    socket.on('error', () => socket.destroy());
  }
}

export function message(
  topic: string,
  payload: string | Buffer,
  options: Partial<IPublishPacket> = {},
): IPublishPacket {
  return { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false, ...options };
}
