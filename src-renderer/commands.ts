import { type ShallowRef, shallowRef, triggerRef } from 'vue';

/** One thing that a user can do. The palette, the key help and the menus are made of these. */
export interface Command {
  /** Stable, with the place first: `run.step-back`. */
  readonly id: string;
  /** Imperative, as shown: `Step back`. */
  readonly title: string;
  /** Heading under which it is listed. */
  readonly group: string;
  /** Chords such as `Ctrl+Shift+P`, `T` (with Shift), `]`, `Shift+]`, `ArrowDown`, `Space`. The first is shown in menus. */
  readonly keys?: readonly string[];
  /** Only now possible when it returns true. */
  readonly when?: () => boolean;
  readonly run: () => void | Promise<void>;
}

/** What the dispatcher needs of a KeyboardEvent. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Keys whose meaning without Shift is needed though the layout reports the shifted character. */
const UNSHIFTED: Readonly<Record<string, string>> = {
  BracketLeft: '[',
  BracketRight: ']',
  Comma: ',',
  Period: '.',
  Slash: '/',
  Semicolon: ';',
  Minus: '-',
  Equal: '=',
};

/** Canonical spelling of a chord: modifiers in the order Ctrl, Alt, Shift; letters small; `T` is `Shift+t`. */
export function canonicalChord(chord: string): string {
  const parts = chord === '+' ? ['+'] : chord.split('+');
  const key = parts.at(-1) ?? '';
  const modifiers = new Set(parts.slice(0, -1).map((part) => (part === 'Meta' || part === 'Cmd' ? 'Ctrl' : part)));
  const letter = /^[a-z]$/i.test(key);
  if (letter && key !== key.toLowerCase() && modifiers.size === 0) modifiers.add('Shift');
  return [...['Ctrl', 'Alt', 'Shift'].filter((modifier) => modifiers.has(modifier)), letter ? key.toLowerCase() : key].join('+');
}

/** Chords that a key press may stand for, most specific first. `}` typed with Shift is `Shift+]` and also `}`. */
export function chordsOf(press: KeyPress): readonly string[] {
  const held = `${press.ctrlKey || press.metaKey ? 'Ctrl+' : ''}${press.altKey ? 'Alt+' : ''}`;
  const key = press.key === ' ' ? 'Space' : press.key;
  if (/^[a-z]$/i.test(key)) return [`${held}${press.shiftKey ? 'Shift+' : ''}${key.toLowerCase()}`];
  if (!press.shiftKey) return [`${held}${key}`];
  const base = UNSHIFTED[press.code] ?? key;
  // A printable character already tells of the Shift; a named key (ArrowUp) does not.
  return key.length === 1 ? [`${held}Shift+${base}`, `${held}${key}`] : [`${held}Shift+${key}`];
}

/** The commands known now, later ones before earlier ones where they share a key. */
export interface CommandRegistry {
  readonly commands: Readonly<ShallowRef<readonly Command[]>>;
  /** Returns the function that takes them out again. */
  add(commands: readonly Command[]): () => void;
  find(id: string): Command | undefined;
  /** The command that a key press means now, if any. */
  match(press: KeyPress): Command | undefined;
}

/** A registry of its own; the window has one (`registry`). */
export function createCommandRegistry(): CommandRegistry {
  const commands = shallowRef<readonly Command[]>([]);
  return {
    commands,
    add(added) {
      commands.value = [...commands.value, ...added];
      return () => {
        const gone = new Set(added);
        commands.value = commands.value.filter((command) => !gone.has(command));
        triggerRef(commands);
      };
    },
    find: (id) => commands.value.findLast((command) => command.id === id),
    match(press) {
      for (const chord of chordsOf(press)) {
        const found = commands.value.findLast((command) => command.keys?.some((key) => canonicalChord(key) === chord) === true && command.when?.() !== false);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Commands with the keys that mean them now: a key that a later command has taken from an earlier one is the later one's alone. */
export function commandsByKeys(commands: readonly Command[]): readonly Command[] {
  const meant = new Map<string, Command>();
  for (const command of commands) if (command.when?.() !== false) for (const chord of command.keys ?? []) meant.set(canonicalChord(chord), command);
  return commands.flatMap((command) => {
    const keys = (command.keys ?? []).filter((chord) => (meant.get(canonicalChord(chord)) ?? command) === command);
    return keys.length === 0 ? [] : { ...command, keys };
  });
}

/** How well a query fits a title: its letters in order, better at starts of words and in a row. Undefined where it does not. */
export function fuzzyScore(query: string, title: string): number | undefined {
  const wanted = query.toLowerCase().replace(/\s+/g, '');
  const text = title.toLowerCase();
  let score = 0;
  let position = -1;
  for (const letter of wanted) {
    // Prefer the start of a word over the next occurrence.
    const next = text.indexOf(letter, position + 1);
    if (next === -1) return undefined;
    const wordStart = ` ${text}`.indexOf(` ${letter}`, position + 1);
    const inARow = next === position + 1 && position >= 0;
    const chosen = inARow || wordStart === -1 ? next : wordStart;
    score += chosen === position + 1 ? 3 : wordStart === chosen ? 2 : 0;
    score -= (chosen - position) * 0.02;
    position = chosen;
  }
  return score - title.length * 0.01;
}

/** Commands that fit a query, best first; all in their order for an empty one. */
export function searchCommands(commands: readonly Command[], query: string): readonly Command[] {
  if (query.trim() === '') return commands;
  return commands
    .map((command) => ({ command, score: fuzzyScore(query, `${command.title} ${command.group}`) }))
    .filter((entry): entry is { command: Command; score: number } => entry.score !== undefined)
    .sort((a, b) => b.score - a.score)
    .map((entry) => entry.command);
}

/** The window's registry. */
export const registry = createCommandRegistry();

/** Does what a registered command does, for a button of it. */
export const runCommand = (id: string): void => void registry.find(id)?.run();
