import { shallowRef } from 'vue';
import { goTo } from './router.ts';

/** Text of a template for the editor of a new scenario to take; it sets it to undefined when it has. */
export const chosenTemplate = shallowRef<string>();

/** Opens a new scenario that begins as a template. What its editor held stands behind one undo. */
export function startFromTemplate(text: string): void {
  chosenTemplate.value = text;
  goTo({ view: 'scenario' });
}
