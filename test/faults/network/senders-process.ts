import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/*
 * `senders-process.ts HOST TCP HTTP COUNT`: so many senders hold connections to an agent's sources, and say when all are
 * there. By TCP after a whole line and half of another; by HTTP within a body.
 */

const [host, tcp, http, count] = process.argv.slice(2);
const half = 'POST /api/v2/write HTTP/1.1\r\nhost: agent\r\ncontent-length: 1000\r\n\r\nhalf,m=http value=1 1';
let open = 0;
for (let n = 0; n < Number(count); n++) {
  for (const [port, said] of [
    [tcp, `whole,m=tcp-${n} value=1 1700000000000000000\nhalf,m=tcp-${n} val`],
    [http, half],
  ]) {
    const socket = connect({ host, port: Number(port), keepAlive: false }, () => {
      socket.write(said, () => {
        if (++open === 2 * Number(count)) process.send?.('open');
      });
    });
    socket.on('error', () => socket.destroy());
  }
}
// Until it is killed.
await pause(2 ** 30);
