import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { MqttClient } from 'mqtt';

/** A connection of a machine. */
export interface Wire extends AsyncDisposable {
  /** Takes nothing more for the moment: the machine keeps what it measures. */
  readonly busy: boolean;
  /** Resolves when all that was sent has been taken over: by PUBACK, or where nobody acknowledges, by the system. */
  flush(): Promise<void>;
}

const MAX_UNACKNOWLEDGED = 1_000;
const QOS = 1;

/** MQTT, at least once. */
export class MqttWire implements Wire {
  readonly #client: MqttClient;
  readonly #unacknowledged = new Set<Promise<unknown>>();

  private constructor(client: MqttClient) {
    this.#client = client;
  }

  static async connect(address: { host: string; port: number; clientId: string }): Promise<MqttWire> {
    const { connectAsync } = await import('mqtt');
    return new MqttWire(await connectAsync({ protocol: 'mqtt', ...address }));
  }

  get busy(): boolean {
    return this.#unacknowledged.size >= MAX_UNACKNOWLEDGED;
  }

  publish(topic: string, message: object): void {
    const acknowledged = this.#client.publishAsync(topic, JSON.stringify(message), { qos: QOS });
    this.#unacknowledged.add(acknowledged);
    acknowledged.then(
      () => this.#unacknowledged.delete(acknowledged),
      () => {
        // It stays, and fails the flush.
      },
    );
  }

  async flush(): Promise<void> {
    await Promise.all(this.#unacknowledged);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

/** Lines over TCP. */
export class LineWire implements Wire {
  readonly #socket: Socket;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.#failure = error;
    });
  }

  static async connect(address: { host: string; port: number }): Promise<LineWire> {
    const socket = createConnection({ ...address, noDelay: true });
    await once(socket, 'connect');
    return new LineWire(socket);
  }

  get busy(): boolean {
    return this.#socket.writableNeedDrain;
  }

  write(lines: string): void {
    this.#socket.write(lines);
  }

  /** Ends the connection: a half-closed one is read to its end. */
  async flush(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.end();
    if (!this.#socket.closed) await closed;
    if (this.#failure) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
