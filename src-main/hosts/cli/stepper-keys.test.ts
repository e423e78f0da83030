import { describe, expect, it } from 'vitest';
import { actionOf, KEY_HELP, type StepperMode } from './stepper-keys.ts';

const MOVE: StepperMode = { kind: 'move' };
const jump = (typed: string): StepperMode => ({ kind: 'prompt', prompt: 'jump', typed });

describe('actionOf', () => {
  it.each([
    ['.', 'event', 1],
    [',', 'event', -1],
    ['t', 'step', 1],
    ['T', 'step', -1],
    [']', 'notable', 1],
    ['[', 'notable', -1],
    ['}', 'pass', 1],
    ['{', 'pass', -1],
  ] as const)('%s moves by %s', (key, by, delta) => {
    expect(actionOf(key, MOVE)).toEqual({ do: 'move', by, delta });
  });

  it('types into a prompt, also what is a command elsewhere', () => {
    expect(actionOf('j', MOVE)).toEqual({ do: 'mode', mode: jump('') });
    expect(actionOf('.', jump('1'))).toEqual({ do: 'mode', mode: jump('1.') });
    expect(actionOf('q', jump(''))).toEqual({ do: 'mode', mode: jump('q') });
    expect(actionOf('space', jump('step'))).toEqual({ do: 'mode', mode: jump('step ') });
    expect(actionOf('backspace', jump('12'))).toEqual({ do: 'mode', mode: jump('1') });
    expect(actionOf('ctrl-u', jump('12'))).toEqual({ do: 'mode', mode: jump('') });
    expect(actionOf('home', jump('12'))).toBeNull();
    expect(actionOf('return', jump('+5'))).toEqual({ do: 'submit', prompt: 'jump', typed: '+5' });
    expect(actionOf('escape', jump('+5'))).toEqual({ do: 'mode', mode: MOVE });
    expect(actionOf('backspace', jump(''))).toEqual({ do: 'mode', mode: MOVE });
  });

  it('any key closes the help; one that moves also moves', () => {
    const help: StepperMode = { kind: 'text', lines: [], top: 0 };
    for (const key of ['q', '?', 'x']) expect(actionOf(key, help)).toEqual({ do: 'mode', mode: MOVE });
    expect(actionOf('.', help)).toEqual({ do: 'move', by: 'event', delta: 1 });
  });

  it('Ctrl-C quits from anywhere; a key without meaning does nothing', () => {
    for (const mode of [MOVE, jump('1'), { kind: 'text', lines: [], top: 0 } as const]) expect(actionOf('ctrl-c', mode)).toEqual({ do: 'quit' });
    expect(actionOf('x', MOVE)).toBeNull();
  });

  it('the help names every key', () => {
    const named = KEY_HELP.flatMap(([keys]) => keys.split(/ +/)).map((key) => key.toLowerCase());
    for (const key of ['.', ',', 't', ']', '[', '}', '{', 'home', 'end', 'j', '/', 'n', 'u', 'w', 'y', 'b', 'm', 'l', 'q']) expect(named).toContain(key);
  });
});
