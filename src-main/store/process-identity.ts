import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Tells whether the process that records a run is still there, even when another process asks and the pid has been given to a stranger since.
 * An identity is `boot id / pid namespace / pid / start time in ticks`, all from /proc; where there is none it is `pid` alone and the heartbeat decides.
 */
const HEARTBEAT_STALE_MS = 30_000;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function startTicks(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name, in brackets, may hold spaces and brackets itself; starttime is field 22, the 20th after it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function place(): string | undefined {
  const boot_id = read('/proc/sys/kernel/random/boot_id');
  try {
    return boot_id === undefined ? undefined : `${boot_id}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** Identity of this process, or of another one of the same machine. */
export function processIdentity(pid: number = process.pid): string {
  const here = place();
  const ticks = startTicks(pid);
  return here === undefined || ticks === undefined ? `${pid}` : `${here}/${pid}/${ticks}`;
}

/** Whether the process of that identity is gone; `heartbeat_ms` (epoch) is when it last wrote. */
export function isGone(identity: string, heartbeat_ms: number, now_ms: number = Date.now()): boolean {
  const parts = identity.split('/');
  const [pid, ticks] = parts.slice(-2);
  const here = place();
  if (parts.length === 4 && here === parts.slice(0, 2).join('/')) return startTicks(Number(pid)) !== ticks;
  return now_ms - heartbeat_ms > HEARTBEAT_STALE_MS;
}
