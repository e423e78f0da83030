// Runs in each forked process before its module: gives `process` what it has in a utility process, and takes what it lacks there.
import { EventEmitter } from 'node:events';
import { isMainThread } from 'node:worker_threads';

// The process's threads run this too, and are the same in both.
if (isMainThread) {
  const send = process.send.bind(process);
  delete process.send;

  const port = new EventEmitter();
  const waiting = [];
  process.on('message', (data) => {
    if (port.listenerCount('message') === 0) waiting.push(data);
    else port.emit('message', { data, ports: [] });
  });
  port.on('newListener', (event) => {
    if (event !== 'message') return;
    setImmediate(() => {
      for (const data of waiting.splice(0)) port.emit('message', { data, ports: [] });
    });
  });
  process.once('disconnect', () => process.exit(0));

  process.type = 'utility';
  process.parentPort = {
    on: (event, listener) => port.on(event, listener),
    once: (event, listener) => port.once(event, listener),
    postMessage: (message, ...rest) => {
      if (rest.length > 0) throw new TypeError('parentPort.postMessage takes one argument');
      send(message);
    },
  };
}
