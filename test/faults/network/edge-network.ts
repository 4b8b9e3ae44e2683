import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { findProgram } from '../../e2e/broker.ts';

/*
 * A network namespace for an agent, and lines that lead there from this machine, each by a router in a namespace of its
 * own: what is cut, lost or shaped there happens to real TCP of the kernel, and neither end is told.
 */

/** Names begin with it and the process, so that what a killed process left is known and removed. */
const PREFIX = 'sluis';

/** What is needed for it and absent. */
export function missingForNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return 'root, for network namespaces: run it with sudo';
  const absent = ['ip', 'nft', 'tc', 'sysctl'].filter((tool) => findProgram(tool) === undefined);
  return absent.length > 0 ? `${absent.join(', ')} (packages iproute2, nftables, procps)` : undefined;
}

export class EdgeNetwork implements Disposable {
  readonly namespace: string;
  readonly #undo: (() => void)[] = [];
  #lines = 0;
  readonly #atExit = () => this[Symbol.dispose]();

  constructor() {
    sweepNetworks();
    this.namespace = `${PREFIX}-${process.pid}-edge${opened++}`;
    process.once('exit', this.#atExit);
    run('ip', 'netns', 'add', this.namespace);
    this.#undo.push(() => run('ip', 'netns', 'del', this.namespace));
    run('ip', '-n', this.namespace, 'link', 'set', 'lo', 'up');
  }

  /** A line from this machine. */
  line(): Line {
    const index = this.#lines++;
    const line = new Line(this.namespace, index);
    this.#undo.push(() => line[Symbol.dispose]());
    return line;
  }

  /**
   * What connects to 127.0.0.1:`port` there reaches 127.0.0.1:`port` here, by the line: programs that take plaintext for
   * loopback only are as they are in the field, behind a tunnel.
   */
  reach(port: number, line: Line): void {
    const { namespace } = this;
    for (const [where, device] of [
      [namespace, line.farDevice],
      [undefined, line.nearDevice],
    ] as const) {
      runIn(where, 'sysctl', '-qw', `net.ipv4.conf.${device}.route_localnet=1`);
    }
    nft(
      namespace,
      `table ip reach_${port} {
        chain out { type nat hook output priority -100; ip daddr 127.0.0.1 tcp dport ${port} dnat to ${line.near}; }
        chain post { type nat hook postrouting priority 100; oifname "${line.farDevice}" masquerade; }
      }`,
    );
    const table = `${PREFIX}_${process.pid}_${port}`;
    nft(
      undefined,
      `table ip ${table} {
        chain pre {
          type nat hook prerouting priority -100;
          iifname "${line.nearDevice}" tcp dport ${port} dnat to 127.0.0.1;
        }
      }`,
    );
    this.#undo.push(() => nft(undefined, `delete table ip ${table}`));
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#atExit);
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) attempt(undo);
  }
}

let opened = 0;
let lines = 0;

/** What a line does to packets, from when it is said. */
export interface Trouble {
  /** Packets that are dropped, in each direction, at random. */
  readonly lossPercent: number;
}

/** A line from this machine to a namespace, by a router. */
export class Line implements Disposable {
  /** Addresses of its ends. */
  readonly near: string;
  readonly far: string;
  readonly nearDevice: string;
  readonly farDevice: string;
  readonly #router: string;
  #spared: readonly number[] = [];
  #dropped = 0;

  constructor(namespace: string, index: number) {
    const n = lines++;
    this.#router = `${PREFIX}-${process.pid}-line${n}`;
    this.nearDevice = `sl${process.pid}n${n}`;
    this.farDevice = `line${index}`;
    // Other processes may have lines at the same time.
    const net = `10.${64 + (process.pid % 128)}.${n}`;
    [this.near, this.far] = [`${net}.1`, `${net}.6`];
    const [nearHop, farHop] = [`${net}.2`, `${net}.5`];
    const router = this.#router;
    run('ip', 'netns', 'add', router);
    run('ip', 'link', 'add', this.nearDevice, 'type', 'veth', 'peer', 'name', 'near', 'netns', router);
    run('ip', '-n', router, 'link', 'add', 'far', 'type', 'veth', 'peer', 'name', this.farDevice, 'netns', namespace);
    for (const [where, device, address] of [
      [undefined, this.nearDevice, this.near],
      [router, 'near', nearHop],
      [router, 'far', farHop],
      [namespace, this.farDevice, this.far],
    ] as const) {
      runIn(where, 'ip', 'address', 'add', `${address}/30`, 'dev', device);
      runIn(where, 'ip', 'link', 'set', device, 'up');
    }
    run('ip', 'route', 'add', `${net}.4/30`, 'via', nearHop);
    runIn(namespace, 'ip', 'route', 'add', `${net}.0/30`, 'via', farHop);
    runIn(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    nft(
      router,
      `table ip trouble {
        chain forward { type filter hook forward priority 0; }
      }`,
    );
  }

  /** Packets from and to this port there always pass: to look at what is going on. */
  spare(port: number): void {
    this.#spared = [...this.#spared, port];
  }

  /** Nothing passes any more, in neither direction, and nobody is told. */
  cut(): void {
    this.trouble({ lossPercent: 100 });
  }

  heal(): void {
    this.trouble({ lossPercent: 0 });
  }

  trouble({ lossPercent }: Trouble): void {
    const chain = 'ip trouble forward';
    const spared = this.#spared.flatMap((port) => [`tcp dport ${port} accept`, `tcp sport ${port} accept`]);
    const hit = lossPercent < 100 ? `numgen random mod 100 < ${lossPercent} ` : '';
    const drops = lossPercent > 0 ? [`${hit}counter drop`] : [];
    this.#dropped += this.#counted();
    const rules = [...spared, ...drops].map((rule) => `add rule ${chain} ${rule}\n`);
    nft(this.#router, `flush chain ${chain}\n${rules.join('')}`);
  }

  /** Packets so far, of both directions. */
  get dropped(): number {
    return this.#dropped + this.#counted();
  }

  /** By the rule in force. */
  #counted(): number {
    const rules = runIn(this.#router, 'nft', 'list', 'chain', 'ip', 'trouble', 'forward');
    return Number(/counter packets (\d+)/.exec(rules)?.[1] ?? 0);
  }

  /** At most so many bits a second pass, in each direction. What waits for its turn longer than `queueMs` is dropped. */
  narrow(bitsPerSecond: number, queueMs: number): void {
    const shape = ['root', 'tbf', 'rate', `${bitsPerSecond}bit`, 'burst', '16kb', 'latency', `${queueMs}ms`];
    for (const device of ['near', 'far']) runIn(this.#router, 'tc', 'qdisc', 'replace', 'dev', device, ...shape);
  }

  [Symbol.dispose](): void {
    attempt(() => run('ip', 'link', 'del', this.nearDevice));
    attempt(() => run('ip', 'netns', 'del', this.#router));
  }
}

/** Removes what processes that are gone left behind: one that is killed cleans nothing up. */
export function sweepNetworks(): void {
  if (missingForNetwork() !== undefined) return;
  const pattern = new RegExp(`^(?:${PREFIX}[-_]|sl)(\\d+)(?:[-_n])`);
  const isLeft = (name: string): boolean => {
    const pid = pattern.exec(name)?.[1];
    return pid !== undefined && !readdirSync('/proc').includes(pid);
  };
  const first = (line: string): string => line.trim().split(/\s+/)[0];
  for (const name of run('ip', 'netns', 'list').split('\n').map(first)) {
    if (isLeft(name)) attempt(() => run('ip', 'netns', 'del', name));
  }
  for (const name of run('ip', '-brief', 'link').split('\n').map(first)) {
    const [device] = name.split('@');
    if (isLeft(device)) attempt(() => run('ip', 'link', 'del', device));
  }
  for (const table of run('nft', 'list', 'tables').matchAll(/table ip (\S+)/g)) {
    if (isLeft(table[1])) attempt(() => nft(undefined, `delete table ip ${table[1]}`));
  }
}

/** What cannot be removed (it is gone with something else, say) must not keep the rest; it is told. */
function attempt(undo: () => unknown): void {
  try {
    undo();
  } catch (error) {
    console.error(`  not removed: ${error instanceof Error ? error.message.trim() : String(error)}`);
  }
}

function nft(namespace: string | undefined, ruleset: string): void {
  const [command, ...args] = inNamespace(namespace, ['nft', '-f', '-']);
  execFileSync(command, args, { input: `${ruleset}\n`, encoding: 'utf8' });
}

function runIn(namespace: string | undefined, ...command: string[]): string {
  const [program, ...args] = inNamespace(namespace, command);
  return run(program, ...args);
}

function inNamespace(namespace: string | undefined, command: readonly string[]): string[] {
  return namespace === undefined ? [...command] : ['ip', 'netns', 'exec', namespace, ...command];
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
