import { defineSource, formatAddress, portProbe } from '@sluis/plugin-sdk';
import { lineProtocolConfig } from './config.ts';
import { HttpLines } from './http-lines.ts';
import { TcpLines } from './tcp-lines.ts';

const ONLY_HTTP = 'over TCP there are no requests: it is for http';

/** InfluxDB line protocol, over TCP (`listen`) or HTTP (`http`). */
export const lineProtocol = defineSource({
  type: 'line-protocol',
  version: 1,
  summary: 'InfluxDB line protocol, over TCP (`listen`) or HTTP (`http`).',
  config: lineProtocolConfig,
  create(context) {
    const { listen, http } = context.config;
    if (listen) return new TcpLines(context, listen);
    if (http) return new HttpLines(context, http);
    throw new TypeError('line-protocol was created without an address: its configuration was not checked');
  },
  outline({ listen, http }) {
    const address = listen ?? http;
    if (!address) return { from: 'nowhere' };
    return {
      from: `${listen ? 'TCP' : 'HTTP'} at ${formatAddress(address)}`,
      listens: [address],
      ...(listen && { unused: { maxBody: ONLY_HTTP, maxRequests: ONLY_HTTP, timeout: ONLY_HTTP } }),
    };
  },
  probe: ({ config: { listen, http } }) => [listen, http].flatMap((address) => (address ? [portProbe(address)] : [])),
});
