import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOST, type Ports } from './ports.ts';
import { Program } from './processes.ts';

export interface Place {
  readonly ports: Ports;
  /** For the data of both. */
  readonly folder: string;
}

const hub = new URL('./cli/sluis-hub.ts', import.meta.resolve('@sluis/cloud-hub'));
const agent = new URL('./cli/sluis-agent.ts', import.meta.resolve('@sluis/edge-agent'));
const configuration = fileURLToPath(new URL('./agent.yaml', import.meta.url));

/** `sluis-hub run`, as a person types it. */
export function startHub({ ports, folder }: Place): Program {
  const places = ['--data', join(folder, 'hub'), '--http', `${ports.http}`, '--grpc', `${ports.grpc}`, '--host', HOST];
  return Program.start({
    name: 'sluis-hub',
    entry: hub,
    args: ['run', ...places],
  });
}

/** `sluis-agent run -c agent.yaml`, with the environment that the file asks for. */
export function startAgent({ ports, folder }: Place): Program {
  return Program.start({
    name: 'sluis-agent',
    entry: agent,
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
