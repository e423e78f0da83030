import { type ShallowRef, shallowRef } from 'vue';
import { goTo } from './router.ts';

/** Text of a template that was chosen and that no editor has taken yet. */
const chosen = shallowRef<string>();

/** Text for the editor of a new scenario to take; it sets it to undefined when it has. */
export const chosenTemplate: ShallowRef<string | undefined> = chosen;

/** Opens a new scenario that begins as a template. What its editor held stands behind one undo. */
export function startFromTemplate(text: string): void {
  chosen.value = text;
  goTo({ view: 'scenario' });
}
