import { readFile } from 'node:fs/promises';
import { connect, isIP, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { connect as connectTls } from 'node:tls';
import type { MqttConfig } from './config.ts';

/** Begins to connect. `folder`: what paths of certificates are relative to; they are read here and now. */
export async function openSocket({ url, ca, cert, key }: MqttConfig, folder: string): Promise<Socket> {
  if (!url.tls) return connect({ host: url.host, port: url.port, keepAlive: true });
  // Read for each connection, so that renewed files are used without a restart.
  const files = [ca, cert, key].map((file) => file && readFile(resolve(folder, file)));
  const [caPem, certPem, keyPem] = await Promise.all(files);
  return connectTls({
    host: url.host,
    port: url.port,
    ...(isIP(url.host) === 0 && { servername: url.host }),
    ...(caPem && { ca: caPem }),
    ...(certPem && { cert: certPem }),
    ...(keyPem && { key: keyPem }),
  });
}
