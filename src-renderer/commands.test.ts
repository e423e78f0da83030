import { describe, expect, test } from 'vitest';
import { type Command, canonicalChord, chordsOf, commandsByKeys, createCommandRegistry, fuzzyScore, type KeyPress, searchCommands } from './commands.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});
const command = (id: string, changes: Partial<Command> = {}): Command => ({ id, title: id, group: 'Test', run: () => {}, ...changes });

describe('chords', () => {
  test('have one spelling', () => {
    expect(['Ctrl+Shift+P', 'Shift+Ctrl+p', 'T', 't', 'Shift+]', '?', '+', 'Ctrl++', 'Cmd+S', 'Alt+N'].map(canonicalChord)).toEqual([
      'Ctrl+Shift+p',
      'Ctrl+Shift+p',
      'Shift+t',
      't',
      'Shift+]',
      '?',
      '+',
      'Ctrl+',
      'Ctrl+s',
      'Alt+n',
    ]);
  });
  test('letters tell Shift by the modifier, so caps lock changes nothing', () => {
    expect(chordsOf(press('T', { shiftKey: true }))).toEqual(['Shift+t']);
    expect(chordsOf(press('T'))).toEqual(['t']);
  });
  test('a shifted symbol is found by its key and by its character', () => {
    expect(chordsOf(press('}', { code: 'BracketRight', shiftKey: true }))).toEqual(['Shift+]', '}']);
    expect(chordsOf(press('?', { code: 'Slash', shiftKey: true }))).toEqual(['Shift+/', '?']);
  });
  test('named keys and modifiers', () => {
    expect(chordsOf(press(' '))).toEqual(['Space']);
    expect(chordsOf(press('F8', { shiftKey: true }))).toEqual(['Shift+F8']);
    expect(chordsOf(press('s', { metaKey: true }))).toEqual(['Ctrl+s']);
    expect(chordsOf(press('ArrowLeft', { altKey: true }))).toEqual(['Alt+ArrowLeft']);
  });
});

describe('registry', () => {
  test('the command registered last has the key, until it is gone or not possible', () => {
    const registry = createCommandRegistry();
    let possible = true;
    registry.add([command('below', { keys: ['j'] })]);
    const remove = registry.add([command('above', { keys: ['j', 'ArrowDown'], when: () => possible })]);
    expect(registry.match(press('j'))?.id).toBe('above');
    possible = false;
    expect(registry.match(press('j'))?.id).toBe('below');
    expect(registry.match(press('ArrowDown'))).toBeUndefined();
    possible = true;
    remove();
    expect(registry.match(press('j'))?.id).toBe('below');
    expect(registry.find('above')).toBeUndefined();
  });
  test('a key is told of the command that it means now, and of no other', () => {
    let possible = true;
    const commands = [command('below', { keys: ['j', 'J'] }), command('above', { keys: ['j'], when: () => possible }), command('none')];
    const told = () => commandsByKeys(commands).map(({ id, keys }) => [id, keys]);
    expect(told()).toEqual([
      ['below', ['J']],
      ['above', ['j']],
    ]);
    possible = false;
    expect(told()).toEqual([['below', ['j', 'J']]]);
  });
  test('a plain key does not answer to a modifier', () => {
    const registry = createCommandRegistry();
    registry.add([command('search', { keys: ['/'] })]);
    expect(registry.match(press('/', { ctrlKey: true }))).toBeUndefined();
  });
});

describe('search', () => {
  test('fits letters in order only', () => {
    expect(fuzzyScore('stb', 'Step back')).toBeDefined();
    expect(fuzzyScore('bst', 'Step back')).toBeUndefined();
  });
  test('prefers starts of words', () => {
    const commands = ['Delete the chosen runs', 'Duplicate the scenario', 'Discard unsaved changes'].map((title) => command(title, { title }));
    expect(searchCommands(commands, 'dup')[0]?.title).toBe('Duplicate the scenario');
    expect(searchCommands(commands, 'dtc')[0]?.title).toBe('Delete the chosen runs');
    expect(searchCommands(commands, 'xyz')).toEqual([]);
    expect(searchCommands(commands, ' ')).toBe(commands);
  });
});
