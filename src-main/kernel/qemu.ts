import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';

export const QEMU = 'qemu-system-x86_64';

/** A machine to boot. Paths of files. */
export interface Machine {
  readonly image: string;
  readonly initramfs: string;
  /** Raw disks, the first is /dev/vda. */
  readonly disks: readonly string[];
  readonly console: string;
  readonly memory_mib: number;
  /** Sizes of further NUMA nodes; the first, with all processors, has what is left of the memory. Empty: one node. */
  readonly node_mib: readonly number[];
  readonly cpu_count: number;
  /** `tcg` emulates and works everywhere; `kvm` is faster where the computer lets it. */
  readonly accel: 'tcg' | 'kvm';
}

export interface BootLimits {
  /** Longest silence of the guest before it counts as hung. */
  readonly silence_ms: number;
  readonly total_ms: number;
  readonly signal?: AbortSignal;
}

/** How a guest came to its end. `error` where not by itself. */
export interface BootEnd {
  readonly error?: LabError;
  readonly cancelled: boolean;
  readonly console: string;
}

const isThere = (command: string): boolean => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Error: QEMU is not installed. */
export function checkQemu(): Result<null> {
  if (isThere(QEMU)) return ok(null);
  return fail({ code: 'no-qemu', message: 'Kernels run in QEMU, which is not installed.', remedy: 'install it: `apt-get install qemu-system-x86`' });
}

/**
 * No network card, no monitor, no device that the program does not need. `panic=-1` reboots at a panic and `-no-reboot` makes that QEMU's end. nokaslr keeps two boots alike;
 * cgroup.memory=… is left as the kernel has it.
 */
function argumentsOf({ image, initramfs, disks, console, memory_mib, node_mib, cpu_count, accel }: Machine): readonly string[] {
  return [
    ...['-accel', accel, '-cpu', accel === 'tcg' ? 'max' : 'host', '-m', String(memory_mib), '-smp', String(cpu_count)],
    ...['-nodefaults', '-display', 'none', '-nic', 'none', '-no-reboot', '-no-user-config'],
    ...nodesOf(memory_mib, node_mib, cpu_count),
    ...['-kernel', image, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1 nokaslr'],
    ...disks.flatMap((disk) => ['-drive', `file=${disk.replaceAll(',', ',,')},if=virtio,format=raw,cache=unsafe`]),
    ...['-serial', `file:${console}`, '-serial', 'stdio'],
  ];
}

function nodesOf(memory_mib: number, node_mib: readonly number[], cpu_count: number): readonly string[] {
  if (node_mib.length === 0) return [];
  const first_mib = memory_mib - node_mib.reduce((sum, size) => sum + size, 0);
  return [first_mib, ...node_mib].flatMap((size, node) => [
    ...['-object', `memory-backend-ram,id=m${node},size=${size}M`],
    ...['-numa', `node,nodeid=${node},memdev=m${node}${node === 0 ? `,cpus=0-${cpu_count - 1}` : ''}`],
  ]);
}

/** So that no guest outlives the lab, however the lab ends. */
const boundToLab = (): readonly string[] => (isThere('setpriv') ? ['setpriv', '--pdeathsig', 'KILL', QEMU] : [QEMU]);

const readConsole = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Boots a machine and hands over each line of its second serial port; answers when it has ended or was ended at a limit. `onLine` ends it by answering false. */
export function boot(machine: Machine, { silence_ms, total_ms, signal }: BootLimits, onLine: (line: string) => boolean): Promise<BootEnd> {
  const [command = QEMU, ...before] = boundToLab();
  return new Promise((resolve) => {
    const child = spawn(command, [...before, ...argumentsOf(machine)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let error: LabError | undefined;
    let said = '';
    const stop = (why?: LabError): void => {
      error ??= why;
      child.kill('SIGKILL');
    };
    const onExit = (): void => void child.kill('SIGKILL');
    const onAbort = (): void => stop();
    const hung = (): void =>
      stop({
        code: 'guest-hung',
        message: `The guest said nothing for ${Math.round(silence_ms / 1000)} s and was ended.`,
        remedy: 'its console is kept with the run',
      });
    let silence = setTimeout(hung, silence_ms);
    const total = setTimeout(
      () =>
        stop({
          code: 'guest-too-slow',
          message: `The guest ran longer than ${Math.round(total_ms / 1000)} s and was ended.`,
          remedy: 'give it more time with --timeout, or make the scenario smaller',
        }),
      total_ms,
    );
    process.once('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) stop();

    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      clearTimeout(silence);
      silence = setTimeout(hung, silence_ms);
      // What follows the last line feed is handed over when its own has come; the stump of a guest that died is not.
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      if (!lines.every(onLine)) stop();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
    child.once(
      'error',
      ({ message }) => (error ??= { code: 'no-qemu', message: `QEMU did not start: ${message}.`, remedy: 'install it: `apt-get install qemu-system-x86`' }),
    );
    child.once('close', (code, killed_by) => {
      clearTimeout(silence);
      clearTimeout(total);
      process.off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      if (killed_by !== null && signal?.aborted !== true) error ??= { code: 'qemu-failed', message: `QEMU was ended by ${killed_by}, not by the lab.` };
      if (code !== null && code !== 0) error ??= { code: 'qemu-failed', message: `QEMU ended with code ${code}: ${said.trim().split('\n').at(-1) ?? ''}` };
      resolve({ ...(error === undefined ? {} : { error }), cancelled: signal?.aborted === true, console: readConsole(machine.console) });
    });
  });
}
