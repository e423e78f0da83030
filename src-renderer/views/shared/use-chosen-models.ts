import { type Ref, shallowRef, watch } from 'vue';

/** What was chosen per scenario while the window is open. */
const kept = new Map<number, readonly string[]>();

/** The models chosen to run for a scenario: those that it names, anew whenever it names others (undefined: not known yet), until the user chooses. */
export function useChosenModels(scenario_id: () => number | undefined, named: () => readonly string[] | undefined): Ref<readonly string[]> {
  const chosen = shallowRef<readonly string[]>([]);
  let followed: { readonly id: number | undefined; readonly names: string } | undefined;
  watch(
    [scenario_id, named],
    ([id, names]) => {
      if (names === undefined) return;
      const before = followed;
      followed = { id, names: names.join() };
      if (before !== undefined && before.id === id && before.names === followed.names) return;
      const is_edit = before !== undefined && before.id === id;
      chosen.value = (id === undefined || is_edit ? undefined : kept.get(id)) ?? names;
    },
    { immediate: true },
  );
  watch(chosen, (models) => {
    const id = scenario_id();
    if (id === undefined) return;
    if (models.join() === named()?.join()) kept.delete(id);
    else kept.set(id, models);
  });
  return chosen;
}
