import type { Report } from '../run/outcome.ts';

/** A report of three scenarios: one with a target that is met and one that is missed, one that failed, one not run. */
export const report: Report = {
  format: 1,
  date: '2026-01-02T03:04:05.000Z',
  machine: {
    cpu: 'Test CPU',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    kernel: '6.1',
    disk: { fileSystem: 'ext4', device: '/dev/sda1', fdatasyncMs: 1.25 },
    node: '26.10.0',
    libraries: { rxjs: '7.8.2' },
    commit: 'abc',
  },
  load: { before: [0, 0, 0], after: [1, 0, 0] },
  outcomes: [
    {
      name: 'stream',
      about: 'operators',
      seconds: 12.3,
      status: 'measured',
      result: {
        figures: [
          {
            what: 'in batches',
            value: 40e6,
            unit: 'samples/s',
            better: 'higher',
            target: { atLeast: 30e6 },
            yardstick: { what: 'one by one', value: 8e6 },
            ratioTarget: { atLeast: 4 },
          },
          { what: 'size', value: 1.25, unit: 'bytes/sample', better: 'lower', target: { atMost: 1 } },
        ],
        plots: [
          {
            title: 'Rate by rows a batch',
            kind: 'line',
            x: { label: 'rows', scale: 'log' },
            y: { label: 'samples/s' },
            lines: [
              {
                name: 'rate',
                points: [
                  [10, 1e6],
                  [1_000, 4e7],
                ],
              },
            ],
          },
        ],
        notes: ['CPU seconds of all threads & <not> of the clock'],
      },
    },
    { name: 'codec', about: 'segments', seconds: 0, status: 'failed', why: 'Error: <broken>' },
    { name: 'nab', about: 'real data', seconds: 0, status: 'missing', why: 'there is no folder' },
  ],
};
