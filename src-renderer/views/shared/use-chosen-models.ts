import { type Ref, shallowRef, watch } from 'vue';

/** What was chosen per scenario while the window is open. */
const kept = new Map<number, readonly string[]>();

/** The models chosen to run for a scenario: at first those that it names. `chosen` follows the scenario. */
export function useChosenModels(scenario_id: () => number | undefined, named: () => readonly string[]): Ref<readonly string[]> {
  const chosen = shallowRef<readonly string[]>([]);
  let loaded_key = '';
  watch(
    [scenario_id, named],
    ([id, names]) => {
      const key = `${id} ${names.join(',')}`;
      if (key === loaded_key) return;
      loaded_key = key;
      chosen.value = (id === undefined ? undefined : kept.get(id)) ?? names;
    },
    { immediate: true },
  );
  watch(chosen, (models) => {
    const id = scenario_id();
    if (id !== undefined && models.join() !== named().join()) kept.set(id, models);
  });
  return chosen;
}
