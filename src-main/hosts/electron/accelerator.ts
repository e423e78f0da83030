const NAMED: Readonly<Record<string, string>> = {
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  Escape: 'Esc',
  '+': 'Plus',
};

/** Keys that Electron's accelerators know by these names, beside single characters and F1 to F24. */
const KNOWN = /^(?:[!-~]|F(?:[1-9]|1\d|2[0-4])|Plus|Space|Tab|Backspace|Delete|Insert|Enter|Up|Down|Left|Right|Home|End|PageUp|PageDown|Esc)$/;

/**
 * Electron's accelerator for a chord of the window's commands (`Ctrl+Shift+p` → `CmdOrCtrl+Shift+P`); undefined where Electron has none for it.
 * On macOS every accelerator of a menu takes its key away from the page, so keys without Ctrl or Alt, which can be typed into fields, get none there.
 */
export function acceleratorOf(chord: string, platform: NodeJS.Platform): string | undefined {
  const parts = chord === '+' || chord.endsWith('++') ? [...chord.slice(0, -1).split('+').filter(Boolean), '+'] : chord.split('+');
  const modifiers = parts.slice(0, -1).map((modifier) => (modifier === 'Ctrl' ? 'CmdOrCtrl' : modifier));
  const last = parts.at(-1) ?? '';
  const key = NAMED[last] ?? (last.length === 1 ? last.toUpperCase() : last);
  if (!KNOWN.test(key)) return undefined;
  if (platform === 'darwin' && !modifiers.some((modifier) => modifier !== 'Shift')) return undefined;
  return [...modifiers, key].join('+');
}
