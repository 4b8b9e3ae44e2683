import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/* What a process takes, as the kernel tells. */

const KIB_PER_MB = 1024;
const ESTABLISHED = '01';

/** Peak since it started or since {@link forgetPeak}, in MB. */
export function peakRss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / KIB_PER_MB);
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Established connections from or to a port, in the network namespace of a process. */
export function connections(pid: number, port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const [four, six] = ['tcp', 'tcp6'].map((file) => readFileSync(`/proc/${pid}/net/${file}`, 'utf8'));
  return `${four}\n${six}`
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === ESTABLISHED && local.endsWith(`:${hex}`)).length;
}
