import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EPOCH, type Machine, sourceConformance } from '@sluis/plugin-sdk/testing';
import __key__ from './index.ts';

sourceConformance(__key__, { arrange: device });

/** A device at a port that is known before it is there. */
async function device(): Promise<Machine> {
  const measurements: { number: number; time: number; name: string; value: number }[] = [];
  const server = createServer(({ url = '' }, response) => {
    const after = Number(new URL(url, 'http://device').searchParams.get('after'));
    response.end(JSON.stringify(measurements.filter(({ number }) => number > after)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return {
    config: { url: `http://127.0.0.1:${port}/`, every: '5ms' },
    resumes: true,
    async appear() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async send(count) {
      for (let i = 0; i < count; i++) {
        const number = measurements.length + 1;
        measurements.push({ number, time: EPOCH + number, name: 'temperature', value: 20 });
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
