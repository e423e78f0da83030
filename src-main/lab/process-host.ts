import { fork } from 'node:child_process';

/** A child process as the lab talks with it. Messages are structured clones. */
export interface ChildPort {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the process is gone; `what` says how it ended, for people. */
  onExit(listener: (what: string) => void): void;
  kill(): void;
}

/** Starts the lab's own processes: Node's fork here, Electron's utility process in the window's host. */
export interface ProcessHost {
  fork(modulePath: string): ChildPort;
}

/** Forks with Node itself. */
export const nodeProcessHost: ProcessHost = {
  fork(modulePath) {
    const child = fork(modulePath, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    return {
      send: (message) => {
        // Undelivered to a process that is just going: its exit is reported by onExit.
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage: (listener) => child.on('message', listener),
      onExit: (listener) => {
        let told = false;
        const tell = (what: string): void => {
          if (!told) listener(what);
          told = true;
        };
        child.once('exit', (code, signal) => tell(signal === null ? `exit code ${code}` : `signal ${signal}`));
        child.once('error', (error) => tell(error.message));
      },
      kill: () => void child.kill('SIGKILL'),
    };
  },
};

/** The parent's end, in a child process. */
export interface ParentPort {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What Electron adds to `process` in a utility process. */
interface ElectronParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** The port to the process that forked this one. When that process goes, this one ends: a recording is kept as interrupted. */
export function parentPort(): ParentPort {
  const electron = (process as { readonly parentPort?: ElectronParentPort }).parentPort;
  if (electron !== undefined) {
    return { send: (message) => electron.postMessage(message), onMessage: (listener) => electron.on('message', ({ data }) => listener(data)) };
  }
  process.once('disconnect', () => process.exit(0));
  return { send: (message) => void process.send?.(message), onMessage: (listener) => void process.on('message', listener) };
}
