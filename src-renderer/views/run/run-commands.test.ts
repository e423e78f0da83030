import { expect, test } from 'vitest';
import { shallowRef } from 'vue';
import { canonicalChord } from '../../commands.ts';
import { runCommands } from './run-commands.ts';
import type { LoadedRun, RunSession } from './run-session.ts';
import type { SeekRequest } from './seek-queue.ts';

const ACTIONS = { play() {}, jump() {}, search() {}, findNext() {}, bookmark() {}, toggleMarker() {}, toggleSource() {}, toggleStacked() {}, showTab() {} };

function session(asked: SeekRequest[]): RunSession {
  return {
    run_id: 1,
    loaded: shallowRef<LoadedRun>(),
    errors: shallowRef([]),
    state: shallowRef(),
    rested: shallowRef(0),
    before: shallowRef(),
    marker: shallowRef(),
    cursor: shallowRef(0),
    zoom: shallowRef({ from: 0, to: 1 }),
    seek: (request) => void asked.push(request),
    setZoom() {},
  };
}

test('every command has an id and a key of its own', () => {
  const commands = runCommands(session([]), ACTIONS, ['containers', 'objects']);
  const keys = commands.flatMap((command) => command.keys ?? []).map(canonicalChord);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(commands.map((command) => command.id)).size).toBe(commands.length);
  expect(commands.every((command) => (command.keys?.length ?? 0) > 0)).toBe(true);
});

test('nothing is possible before the run is open; keys then move as in a debugger', async () => {
  const asked: SeekRequest[] = [];
  const commands = runCommands(session(asked), ACTIONS, []);
  expect(commands.some((command) => command.when?.() !== false)).toBe(false);
  for (const key of ['.', 'T', 'Shift+]']) await commands.find((command) => command.keys?.includes(key))?.run();
  expect(asked).toEqual([
    { by: 'event', delta: 1 },
    { by: 'step', delta: -1 },
    { by: 'pass', delta: 1 },
  ]);
});
