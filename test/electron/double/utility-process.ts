import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { UtilityProcess } from 'electron';
import { events, strict } from './strict.ts';

/** A process that the host started, for a test that lets it crash. */
export interface StartedProcess {
  readonly module_path: string;
  readonly pid: number;
  readonly ended: Promise<void>;
}

/** The double of `utilityProcess.fork`: a child of Node whose `process` has Electron's `parentPort` and nothing of Node's own channel. */
export function forkUtility(module_path: string, args: readonly string[] | undefined, started: StartedProcess[]): UtilityProcess {
  if (!isAbsolute(module_path) || !existsSync(module_path)) throw new Error(`utilityProcess.fork: there is no file ${module_path}`);
  const child = fork(module_path, args, {
    serialization: 'advanced',
    execArgv: ['--import', new URL('utility-entry.js', import.meta.url).href],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { on, once, emit } = events('UtilityProcess', ['message', 'exit']);
  child.on('message', (message) => emit('message', message));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      emit('exit', code ?? 1);
      resolve();
    });
  });
  started.push({ module_path, pid: child.pid ?? -1, ended });
  const process: UtilityProcess = strict<UtilityProcess>('UtilityProcess', {
    on(event: string, listener: (...args: never[]) => void) {
      on(event, listener);
      return process;
    },
    once(event: string, listener: (...args: never[]) => void) {
      once(event, listener);
      return process;
    },
    postMessage(message: unknown, transfer?: readonly unknown[]) {
      if (transfer !== undefined && transfer.length > 0) throw new TypeError('The lab transfers nothing to its processes.');
      // Fails here for what is no plain data, as the real one does.
      child.send(structuredClone(message) as object, () => undefined);
    },
    kill: () => child.kill('SIGTERM'),
  });
  return process;
}
