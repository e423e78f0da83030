import { utilityProcess } from 'electron';
import type { ProcessHost } from '../../lab/process-host.ts';

/** Runs the lab's processes as Electron's utility processes. Only after the app is ready. */
export const utilityProcessHost: ProcessHost = {
  fork(modulePath) {
    const child = utilityProcess.fork(modulePath, [], { serviceName: 'Memledger lab' });
    return {
      send: (message) => child.postMessage(message),
      onMessage: (listener) => child.on('message', listener),
      onExit: (listener) => child.once('exit', (code) => listener(`exit code ${code}`)),
      kill: () => void child.kill(),
    };
  },
};
