/** What the keys of `memledger step` do: those of the window. Pure. */

/** A key as a terminal tells it: the name of a special key, else the character. With Ctrl it reads `ctrl-c`. */
export type Key = string;

/** What is asked for in the last line. */
export type StepperPrompt = 'jump' | 'filter' | 'watch' | 'why' | 'bookmark';

/** What the keys go to. */
export type StepperMode =
  | { readonly kind: 'move' }
  /** Text over the containers and events; `top` is its first line on the screen. */
  | { readonly kind: 'text'; readonly lines: readonly string[]; readonly top: number }
  | { readonly kind: 'prompt'; readonly prompt: StepperPrompt; readonly typed: string };

export type StepperAction =
  | { readonly do: 'move'; readonly by: 'event' | 'step' | 'pass' | 'notable'; readonly delta: 1 | -1 }
  | { readonly do: 'first' | 'last' | 'quit' | 'suspend' | 'redraw' | 'toggle-raw' | 'help' | 'marker-a' | 'marker-b' | 'markers' }
  /** Up or down in a text, by so many lines or by the screen. */
  | { readonly do: 'scroll'; readonly by: 'line' | 'page'; readonly delta: 1 | -1 }
  /** The next or previous event of the kinds shown. */
  | { readonly do: 'find'; readonly delta: 1 | -1 }
  /** On or back to the event that changes what is watched. */
  | { readonly do: 'continue'; readonly delta: 1 | -1 }
  | { readonly do: 'mode'; readonly mode: StepperMode }
  /** What was typed into a prompt is meant. */
  | { readonly do: 'submit'; readonly prompt: StepperPrompt; readonly typed: string };

const MOVE: StepperMode = { kind: 'move' };
const ANYWHERE: Readonly<Record<Key, StepperAction>> = {
  'ctrl-c': { do: 'quit' },
  'ctrl-l': { do: 'redraw' },
  'ctrl-z': { do: 'suspend' },
};

const COMMANDS: Readonly<Record<Key, StepperAction>> = {
  '.': { do: 'move', by: 'event', delta: 1 },
  ',': { do: 'move', by: 'event', delta: -1 },
  right: { do: 'move', by: 'event', delta: 1 },
  left: { do: 'move', by: 'event', delta: -1 },
  t: { do: 'move', by: 'step', delta: 1 },
  T: { do: 'move', by: 'step', delta: -1 },
  ']': { do: 'move', by: 'notable', delta: 1 },
  '[': { do: 'move', by: 'notable', delta: -1 },
  '}': { do: 'move', by: 'pass', delta: 1 },
  '{': { do: 'move', by: 'pass', delta: -1 },
  n: { do: 'find', delta: 1 },
  N: { do: 'find', delta: -1 },
  u: { do: 'continue', delta: 1 },
  U: { do: 'continue', delta: -1 },
  W: { do: 'mode', mode: { kind: 'prompt', prompt: 'watch', typed: '' } },
  home: { do: 'first' },
  end: { do: 'last' },
  j: { do: 'mode', mode: { kind: 'prompt', prompt: 'jump', typed: '' } },
  '/': { do: 'mode', mode: { kind: 'prompt', prompt: 'filter', typed: '' } },
  y: { do: 'mode', mode: { kind: 'prompt', prompt: 'why', typed: '' } },
  b: { do: 'mode', mode: { kind: 'prompt', prompt: 'bookmark', typed: '' } },
  m: { do: 'marker-a' },
  M: { do: 'marker-b' },
  Y: { do: 'markers' },
  '?': { do: 'help' },
  l: { do: 'toggle-raw' },
  // The key that it had before the window had one.
  r: { do: 'toggle-raw' },
  q: { do: 'quit' },
};

/** In a text; every other key closes it. */
const IN_TEXT: Readonly<Record<Key, StepperAction>> = {
  down: { do: 'scroll', by: 'line', delta: 1 },
  up: { do: 'scroll', by: 'line', delta: -1 },
  space: { do: 'scroll', by: 'page', delta: 1 },
  pagedown: { do: 'scroll', by: 'page', delta: 1 },
  pageup: { do: 'scroll', by: 'page', delta: -1 },
};

/** What the help shows. */
export const KEY_HELP: readonly (readonly [keys: string, meaning: string])[] = [
  ['.  ,', 'next and previous event (also the arrows)'],
  ['t  T', 'next and previous step'],
  [']  [', 'next and previous notable event: reclaim, limit hit, refault, kill'],
  ['}  {', 'next and previous reclaim pass'],
  ['Home  End', 'first and last event'],
  ['j', 'jump: 1234, +500, step 12, 1.5ms, a sample, next oom of B'],
  ['/', 'show some kinds of events only: shrink, oom_kill; none: all'],
  ['n  N', 'next and previous event of the kinds shown'],
  ['W', 'watch: A current, A current > 8MiB, lib resident, lib[812]'],
  ['u  U', 'on or back to the event that changes what is watched'],
  ['y', 'why? explain a page or a counter: lib[812], A current'],
  ['b', 'bookmark this event, with a note; the window lists it'],
  ['m  M', 'set or take away marker A, from which changes count; marker B'],
  ['Y', 'what changed from marker A to B, or to the cursor'],
  ['l', 'show or hide the line of the trace'],
  ['Ctrl-L  Ctrl-Z', 'draw anew; suspend'],
  ['q', 'quit'],
];

function promptAction(key: Key, mode: Extract<StepperMode, { kind: 'prompt' }>): StepperAction | null {
  const { prompt, typed } = mode;
  const type = (text: string): StepperAction => ({ do: 'mode', mode: { ...mode, typed: text } });
  if (key === 'return' || key === 'enter') return { do: 'submit', prompt, typed };
  if (key === 'escape') return { do: 'mode', mode: MOVE };
  if (key === 'backspace') return typed === '' ? { do: 'mode', mode: MOVE } : type(typed.slice(0, -1));
  if (key === 'ctrl-u') return type('');
  if (key === 'space') return type(`${typed} `);
  return [...key].length === 1 ? type(typed + key) : null;
}

/** What a key means in a mode; null where it means nothing. */
export function actionOf(key: Key, mode: StepperMode): StepperAction | null {
  const everywhere = ANYWHERE[key];
  if (everywhere !== undefined) return everywhere;
  if (mode.kind === 'prompt') return promptAction(key, mode);
  const command = COMMANDS[key];
  if (mode.kind === 'move') return command ?? null;
  // What is no key for scrolling closes the text, and does what it does.
  return IN_TEXT[key] ?? (command === undefined || key === '?' || key === 'q' ? { do: 'mode', mode: MOVE } : command);
}
