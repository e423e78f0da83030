import { onBeforeUnmount, onMounted } from 'vue';
import { type Command, registry } from './commands.ts';

/** Registers a view's commands while it is mounted. */
export function useCommands(commands: readonly Command[]): void {
  let remove: (() => void) | undefined;
  onMounted(() => {
    remove = registry.add(commands);
  });
  onBeforeUnmount(() => remove?.());
}

/** How many dialogs are open; while one is, keys belong to it. */
let open_modal_count = 0;

/** Tells the key dispatcher that a dialog opened. Returns the function to call when it closes. */
export function holdKeys(): () => void {
  open_modal_count += 1;
  let held = true;
  return () => {
    if (held) open_modal_count -= 1;
    held = false;
  };
}

function isEditable(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}

/** Space and Enter press the focused control; no command may take them there. */
function pressesControl(event: KeyboardEvent): boolean {
  return (
    (event.key === ' ' || event.key === 'Enter') &&
    event.target instanceof Element &&
    event.target.closest('button, a, input, summary, [role=tab], [role=option], [role=menuitem]') !== null
  );
}

/** Letters find entries in an open menu, and Escape closes it. */
const isInMenu = (target: EventTarget | null): boolean => target instanceof Element && target.closest('[role=menu]') !== null;

/** Listens for keys and runs what they mean. Called once, at start. A control that used the key itself has prevented its default. */
export function startKeys(): void {
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || open_modal_count > 0) return;
    const withModifier = event.ctrlKey || event.metaKey || event.altKey;
    // A field takes back its own text. F1 writes nothing.
    if (isEditable(event.target) && !/^F\d+$/.test(event.key) && (!withModifier || event.key.toLowerCase() === 'z')) return;
    if (!withModifier && (pressesControl(event) || isInMenu(event.target))) return;
    const command = registry.match(event);
    if (command === undefined) return;
    event.preventDefault();
    void command.run();
  });
}
