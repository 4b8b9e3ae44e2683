import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
}

export interface Registry extends AsyncDisposable {
  readonly url: string;
}

/** What npm asks a registry for, of the packages in a folder: as if they had been published. */
export async function servePackages(folder: string): Promise<Registry> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  const packages = new Map(files.map((file) => [file, readFileSync(join(folder, file))]));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const bytes = packages.get(path);
    const about = documents.get(path);
    if (bytes) response.end(bytes);
    else if (about) response.setHeader('content-type', 'application/json').end(JSON.stringify(about));
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const documents = new Map(
    files.map((file) => {
      const text = execFileSync('tar', ['-xOzf', join(folder, file), 'package/package.json'], { encoding: 'utf8' });
      const manifest = JSON.parse(text) as Manifest;
      const { name, version } = manifest;
      const sum = createHash('sha512')
        .update(readFileSync(join(folder, file)))
        .digest('base64');
      const dist = { tarball: `${url}${file}`, integrity: `sha512-${sum}` };
      return [name, { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } }];
    }),
  );
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
