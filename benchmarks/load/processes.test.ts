import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { CpuSeconds } from './processes.ts';

test.runIf(process.platform === 'linux')('What a child used that has ended counts with its parent', async () => {
  const work = 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done';
  const parent = spawn('sh', ['-c', `echo; read go; (${work}); echo; read end`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const watched = [{ name: 'parent', pid: parent.pid ?? 0 }];
  await once(parent.stdout, 'data');
  const before = CpuSeconds.of(watched);
  parent.stdin.write('go\n');
  await once(parent.stdout, 'data');
  expect(CpuSeconds.of(watched).since(before).total()).toBeGreaterThan(0);
});
