import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOST, type Ports } from './ports.ts';
import { Program } from './processes.ts';

export interface Place {
  readonly ports: Ports;
  /** For the data of both. */
  readonly folder: string;
}

const packages = new URL('../../packages/', import.meta.url);
const configuration = fileURLToPath(new URL('./agent.yaml', import.meta.url));

/** `sluis-hub run`, as a person types it. */
export function startHub({ ports, folder }: Place): Program {
  const places = ['--data', join(folder, 'hub'), '--http', `${ports.http}`, '--grpc', `${ports.grpc}`, '--host', HOST];
  return Program.start({
    name: 'sluis-hub',
    entry: new URL('cloud-hub/src/cli/sluis-hub.ts', packages),
    args: ['run', ...places],
  });
}

/** `sluis-agent run -c agent.yaml`, with the environment that the file asks for. */
export function startAgent({ ports, folder }: Place): Program {
  return Program.start({
    name: 'sluis-agent',
    entry: new URL('edge-agent/src/cli/sluis-agent.ts', packages),
    args: ['run', '-c', configuration],
    env: {
      AGENT_DATA: join(folder, 'edge'),
      STATUS_PORT: `${ports.status}`,
      HUB_PORT: `${ports.grpc}`,
      LINES_PORT: `${ports.lines}`,
      MQTT_PORT: `${ports.mqtt}`,
    },
  });
}
