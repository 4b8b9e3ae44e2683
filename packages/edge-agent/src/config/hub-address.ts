import { parseAddress } from '@sluis/plugin-sdk/address';

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** host:port of a `grpc://` URL. Plaintext leaves the machine only when agents can be enrolled. */
export function hubAddress(url: string): { address: string } | { message: string; hint: string } {
  const match = /^grpc:\/\/([^/]+)\/?$/.exec(url);
  const parsed = match && parseAddress(match[1]);
  if (!parsed) return { message: `"${url}" is not the URL of a hub`, hint: 'write grpc://127.0.0.1:7443' };
  if (!isLoopback(parsed.host)) {
    return {
      message: `"${url}" is not on this machine, and plaintext gRPC is for loopback only`,
      hint: 'run the hub on this machine until agents can be enrolled with certificates, or use an encrypted tunnel that ends on 127.0.0.1',
    };
  }
  return { address: match[1] };
}
