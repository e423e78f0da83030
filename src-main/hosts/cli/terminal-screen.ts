import { writeSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { FrameLine, ScreenSize } from './stepper-frame.ts';
import type { Key } from './stepper-keys.ts';

/** A whole terminal, taken for a while. */
export interface TerminalScreen {
  size(): ScreenSize;
  draw(lines: readonly FrameLine[]): void;
  /** Draws the next frame onto an empty screen. */
  clear(): void;
  /** Gives the terminal to the shell until it is brought back. */
  suspend(): void;
  /** Gives the terminal back as it was. May be called twice. */
  close(): void;
}

const ESC = '\u001b[';
/** Alternate screen, no cursor, no wrapping of long lines; and back. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}2J`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
const STYLES: Readonly<Record<FrameLine['style'], string>> = { plain: '', title: `${ESC}7m`, cursor: `${ESC}1m`, faint: `${ESC}2m` };
const FALLBACK: ScreenSize = { columns: 80, rows: 24 };

interface PressedKey {
  readonly name?: string;
  readonly sequence: string;
  readonly ctrl: boolean;
}

/** Special keys by their names, all others by the character that they write. */
function keyOf({ name, sequence, ctrl }: PressedKey): Key {
  if (ctrl && name !== undefined) return `ctrl-${name}`;
  return sequence >= ' ' && sequence !== '\u007f' && [...sequence].length === 1 && sequence !== ' ' ? sequence : (name ?? sequence);
}

/**
 * Takes the terminal. Whatever ends the process gives it back: a normal end, a signal, an exception.
 * `onKey` gets keys in order; `onResize` is called when the size has changed or the screen must be drawn anew.
 */
export function openTerminalScreen(onKey: (key: Key) => void, onResize: () => void): TerminalScreen {
  const { stdin, stdout } = process;
  let is_open = false;
  const pressed = (_text: string | undefined, key: PressedKey): void => onKey(keyOf(key));
  // Written at once and not through the stream: it must arrive before the process ends.
  const write = (text: string): void => void writeSync(stdout.fd, text);

  function enter(): void {
    is_open = true;
    stdin.setRawMode(true);
    stdin.resume();
    write(ENTER);
  }
  function leave(): void {
    if (!is_open) return;
    is_open = false;
    try {
      write(LEAVE);
      stdin.setRawMode(false);
    } catch {
      // The terminal has gone (a closed connection): nothing is left to be given back.
    }
  }
  // Also after a stop that was not asked for here: the shell has used the terminal meanwhile.
  const resumed = (): void => {
    enter();
    onResize();
  };
  const ended = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => (): void => {
    leave();
    process.exit(128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal]);
  };
  const handlers = [
    ['SIGINT', ended('SIGINT')],
    ['SIGTERM', ended('SIGTERM')],
    ['SIGHUP', ended('SIGHUP')],
    ['SIGCONT', resumed],
    ['exit', leave],
    ['uncaughtExceptionMonitor', leave],
  ] as const;

  emitKeypressEvents(stdin);
  stdin.on('keypress', pressed);
  stdout.on('resize', onResize);
  for (const [event, handler] of handlers) process.on(event, handler);
  enter();

  return {
    size: () => ({ columns: stdout.columns || FALLBACK.columns, rows: stdout.rows || FALLBACK.rows }),
    draw(lines) {
      // Each line is emptied before it is written: after a full one the terminal would take its last character away.
      const text = lines.map((line) => `${ESC}K${STYLES[line.style]}${line.text}${line.style === 'plain' ? '' : `${ESC}0m`}`).join('\r\n');
      stdout.write(`${ESC}H${text}`);
    },
    clear: () => write(`${ESC}2J`),
    suspend() {
      // Standard input stays open: with nothing to wait for, the process would end when it is brought back.
      leave();
      // To the whole job, as Ctrl-Z does.
      process.kill(0, 'SIGTSTP');
    },
    close() {
      leave();
      stdin.pause();
      stdin.off('keypress', pressed);
      stdout.off('resize', onResize);
      for (const [event, handler] of handlers) process.off(event, handler);
    },
  };
}
