import type { Machine } from '../machine.ts';
import { type Area, type MemoryObject, PTE } from '../pages/objects.ts';
import type { AddressSpaces } from './address-spaces.ts';

/**
 * Makes another container pay for a task. What it maps is unmapped from the old container and mapped from the new one, in address order; the policy says what that changes.
 * Nothing is unmapped from the task itself.
 */
export function movePayer(spaces: AddressSpaces, machine: Machine, task: number, to: number): void {
  const from = spaces.container[task];
  const objectOf = (page: number): MemoryObject => machine.objectOfFrame(machine.frameOf(page));
  spaces.hooks.moving(task, to);
  spaces.moving_task = task;
  const moved: { area: Area; index: number; bits: number }[] = [];
  for (const area of spaces.areas[task].values()) {
    for (let index = 0; index < area.page_count; index++) {
      const bits = area.bits[index];
      if ((bits & PTE.present) === 0) continue;
      moved.push({ area, index, bits });
      area.bits[index] = 0;
      const page = spaces.pageOf(area, index);
      machine.policy.unmap(from, objectOf(page), page);
    }
  }
  spaces.container[task] = to;
  for (const { area, index, bits } of moved) {
    area.bits[index] = bits;
    const page = spaces.pageOf(area, index);
    machine.policy.map(to, objectOf(page), page, task);
  }
  spaces.moving_task = -1;
}
