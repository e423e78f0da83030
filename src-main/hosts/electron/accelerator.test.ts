import { expect, it } from 'vitest';
import { acceleratorOf } from './accelerator.ts';

it.each([
  ['Ctrl+Shift+p', 'CmdOrCtrl+Shift+P'],
  ['Alt+ArrowLeft', 'Alt+Left'],
  ['Shift+t', 'Shift+T'],
  [']', ']'],
  ['+', 'Plus'],
  ['Ctrl++', 'CmdOrCtrl+Plus'],
  ['?', '?'],
  ['F1', 'F1'],
  ['Space', 'Space'],
  ['MediaPlayPause', undefined],
  ['', undefined],
])('writes %s as %s', (chord, accelerator) => {
  expect(acceleratorOf(chord, 'linux')).toBe(accelerator);
});

it('leaves keys that can be typed to the page on macOS', () => {
  expect(['t', 'Shift+t', 'Space', 'Ctrl+s', 'Alt+1'].map((chord) => acceleratorOf(chord, 'darwin'))).toEqual([
    undefined,
    undefined,
    undefined,
    'CmdOrCtrl+S',
    'Alt+1',
  ]);
});
