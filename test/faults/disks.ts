import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { temporaryFolder } from '../e2e/folder.ts';
import { FillableDisk } from '../e2e/small-disk.ts';
import { until } from '../e2e/until.ts';

/** `EXT4_IOC_SHUTDOWN` and its `EXT4_GOING_FLAGS_NOLOGFLUSH` (linux/ext4.h): from now on nothing is written, not even the journal. */
const SHUTDOWN = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))`;

const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'] };

/** An ext4 in a file, of which the power can be cut. Needs root. */
export class Ext4Disk extends FillableDisk implements Disposable {
  readonly #image: string;

  constructor(path: string, size: string) {
    super(path);
    this.#image = `${path}.img`;
    mkdirSync(path, { recursive: true });
    execFileSync('truncate', ['--size', size, this.#image], quiet);
    // Nothing is kept for root, who runs this.
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', this.#image], quiet);
    this.#mount();
  }

  #mount(): void {
    // The kernel frees the loop device with the mount.
    execFileSync('mount', ['-o', 'loop', this.#image, this.path], quiet);
  }

  /** Nothing that the kernel has not given to the disk gets there any more, and every call on it fails. */
  cutPower(): void {
    execFileSync('python3', ['-c', SHUTDOWN, this.path], quiet);
  }

  /**
   * Forgets what was in memory and replays the file system's journal, once nobody has a file open there, nor a mount
   * namespace of its own (`ip netns exec` makes one): until then the kernel keeps the file system, and it stays shut down.
   */
  async powerOn(): Promise<void> {
    await until(`${this.path} is mounted anew`, () => {
      execFileSync('umount', [this.path], quiet);
      this.#mount();
      readdirSync(this.path);
      return true;
    });
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.path], quiet);
  }
}

/** Undefined if one can be made and cut here, otherwise why not. */
export async function ext4Missing(): Promise<string | undefined> {
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices here';
  await using folder = await temporaryFolder();
  try {
    using disk = new Ext4Disk(`${folder.path}/disk`, '16M');
    disk.cutPower();
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return `an ext4 on a loop device with a shutdown ioctl needs root, mkfs.ext4, python3 and a kernel that has it: ${why}`;
  }
}
