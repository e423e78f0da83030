import { watch } from 'vue';
import { type Command, canonicalChord, registry } from './commands.ts';
import { useTheme } from './palette.ts';

/** What the preload calls the message that tells the host what the window can do, and the one that brings a command chosen in a menu. */
const MENU_MESSAGE = 'memledger:menu';
const COMMAND_MESSAGE = 'memledger:command';

/** Commands as the host's menus show them: each id once, the one that a key would run. */
export function menuCommands(commands: readonly Command[]): readonly object[] {
  const last = new Map(commands.map((command) => [command.id, command]));
  return [...last.values()].map(({ id, title, group, keys = [], when }) => ({
    id,
    title,
    group,
    chord: canonicalChord(keys[0] ?? ''),
    enabled: when?.() !== false,
  }));
}

/** In the desktop window: keeps the host's menus as the registry is, and runs what is chosen there. Called once, at start. */
export function startHostMenu(): void {
  if (window.location.protocol !== 'app:') return;
  const theme = useTheme();
  watch(
    // One text, so that the host is told of changes only, however often the state behind `when` moves.
    () => JSON.stringify({ theme: theme.choice.value, commands: menuCommands(registry.commands.value) }),
    (text) => window.postMessage({ kind: MENU_MESSAGE, menu: JSON.parse(text) }, window.location.origin),
    { immediate: true, flush: 'post' },
  );
  window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
    if (source !== window || typeof data !== 'object' || data === null || !('kind' in data) || !('id' in data)) return;
    if (data.kind !== COMMAND_MESSAGE || typeof data.id !== 'string') return;
    const command = registry.find(data.id);
    if (command !== undefined && command.when?.() !== false) void command.run();
  });
}
