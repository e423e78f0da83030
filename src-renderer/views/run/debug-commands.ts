import type { Command } from '../../commands.ts';

/** What the run view does as a debugger: watches, reasons, and the second marker. */
export interface DebugActions {
  watch(): void;
  continueTo(direction: 1 | -1): void;
  why(): void;
  toggleMarkerB(): void;
  copyMarkers(): void;
}

/** The commands of watches, reasons and marker B, with their keys. */
export function debugCommands(actions: DebugActions, when: () => boolean): readonly Command[] {
  const debug = (id: string, title: string, keys: readonly string[], run: () => void): Command => ({ id: `run.${id}`, title, group: 'Debug', keys, when, run });
  return [
    debug('watch', 'Watch a counter, an object or a page', ['Shift+W'], () => actions.watch()),
    debug('continue', 'On to the event that changes what is watched', ['u'], () => actions.continueTo(1)),
    debug('continue-back', 'Back to the event that changed what is watched', ['Shift+U'], () => actions.continueTo(-1)),
    debug('why', 'Why is it so? Explain a page or a counter', ['y'], () => actions.why()),
    debug('marker-b', 'Set or take away marker B, the end of what is compared with marker A', ['Shift+M'], () => actions.toggleMarkerB()),
    debug('markers-copy', 'Copy what changed from marker A to marker B as plain text', ['Shift+Y'], () => actions.copyMarkers()),
  ];
}
