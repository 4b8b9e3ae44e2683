import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { MqttClient } from 'mqtt';

const MAX_UNACKNOWLEDGED = 1_000;
const AT_LEAST_ONCE = 1;

/** A machine's MQTT connection. */
export class MqttWire implements AsyncDisposable {
  readonly #client: MqttClient;
  readonly #unacknowledged = new Set<Promise<unknown>>();

  private constructor(client: MqttClient) {
    this.#client = client;
  }

  static async connect(address: { host: string; port: number; clientId: string }): Promise<MqttWire> {
    const { connectAsync } = await import('mqtt');
    return new MqttWire(await connectAsync({ protocol: 'mqtt', ...address }));
  }

  /** Takes nothing more for the moment: the machine keeps what it measures. */
  get busy(): boolean {
    return this.#unacknowledged.size >= MAX_UNACKNOWLEDGED;
  }

  publish({ topic, payload }: { topic: string; payload: string }): void {
    const acknowledged = this.#client.publishAsync(topic, payload, { qos: AT_LEAST_ONCE });
    this.#unacknowledged.add(acknowledged);
    acknowledged.then(
      () => this.#unacknowledged.delete(acknowledged),
      () => {
        // It stays, and fails the flush.
      },
    );
  }

  /** Resolves when everything is acknowledged. */
  async flush(): Promise<void> {
    await Promise.all(this.#unacknowledged);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

/** A machine's TCP connection for lines, which nobody acknowledges. */
export class LineWire implements AsyncDisposable {
  readonly #socket: Socket;
  #lines = '';
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

  add(line: string): void {
    this.#lines += line;
  }

  /** Sends the lines that were added. */
  push(): void {
    if (this.#lines !== '') this.#socket.write(this.#lines);
    this.#lines = '';
  }

  /** Sends what there is and ends. Resolves when the other side has read it all and ended too. */
  async flush(): Promise<void> {
    this.push();
    const closed = once(this.#socket, 'close');
    this.#socket.resume().end();
    if (!this.#socket.closed) await closed;
    if (this.#failure) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }
}
