import { computed, type InjectionKey, inject, provide, type Ref, shallowRef, watch } from 'vue';
import { apartName, namesakes } from '../src-engine/base/apart-names.ts';
import type { ModelRow, RunRow, ScenarioRow } from '../src-main/lab/contract.ts';
import type { Lab } from './lab.ts';
import { UNDO, useNotices } from './notices.ts';
import { goTo } from './router.ts';

/** What the lab holds, as last heard; follows the lab's notices. */
export interface Library {
  /** False until the first answer. */
  readonly loaded: Readonly<Ref<boolean>>;
  readonly scenarios: Readonly<Ref<readonly ScenarioRow[]>>;
  readonly runs: Readonly<Ref<readonly RunRow[]>>;
  /** Scenarios whose runs the tables of criteria and of attacks are read from. */
  readonly table_scenario_ids: Readonly<Ref<ReadonlySet<number>>>;
  readonly models: Readonly<Ref<readonly ModelRow[]>>;
  /** What a list calls a scenario, or a run of it, that is called `name`: with the scenario's number where another scenario is called the same. */
  nameOf(scenario_id: number | null, name: string): string;
  /** Reads everything anew. */
  refresh(): Promise<void>;
  /** Hides the rows at once and deletes them when the time for undoing is over. */
  deleteScenario(scenario: ScenarioRow): void;
  deleteRuns(runs: readonly RunRow[]): void;
}

const libraryKey: InjectionKey<Library> = Symbol('library');

/** Gives every view below the library. Called once, in the window's root. */
export function provideLibrary(lab: Lab): Library {
  const notices = useNotices();
  const loaded = shallowRef(false);
  const scenarios = shallowRef<readonly ScenarioRow[]>([]);
  const runs = shallowRef<readonly RunRow[]>([]);
  const table_scenario_ids = shallowRef<ReadonlySet<number>>(new Set());
  const models = shallowRef<readonly ModelRow[]>([]);
  const hiddenScenarios = shallowRef<ReadonlySet<number>>(new Set());
  const hiddenRuns = shallowRef<ReadonlySet<number>>(new Set());

  // One reading at a time; a wish that comes meanwhile is one more afterwards.
  let reading: Promise<void> | undefined;
  let wanted = false;
  async function read(): Promise<void> {
    do {
      wanted = false;
      const asked_models = models.value.length === 0 ? lab.ask('models', {}) : undefined;
      const answer = await lab.ask('library', {});
      if (answer === undefined) return;
      scenarios.value = answer.scenarios;
      runs.value = answer.runs;
      table_scenario_ids.value = new Set(answer.table_scenario_ids);
      if (asked_models !== undefined) models.value = (await asked_models) ?? [];
      loaded.value = true;
    } while (wanted);
  }
  function refresh(): Promise<void> {
    wanted = true;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  /** Hides ids, tells so with an undo, and deletes them unless it was taken. */
  function deleteLater(hidden: typeof hiddenRuns, ids: readonly number[], message: string, erase: (id: number) => Promise<unknown>): void {
    let undone = false;
    const unhide = (): void => {
      hidden.value = new Set([...hidden.value].filter((id) => !ids.includes(id)));
    };
    hidden.value = new Set([...hidden.value, ...ids]);
    notices.tell(message, {
      action: {
        title: UNDO,
        run: () => {
          undone = true;
          unhide();
        },
      },
      onGone: async () => {
        if (undone) return;
        for (const id of ids) await erase(id);
        await refresh();
        unhide();
      },
    });
  }

  lab.subscribe((notice) => {
    if (notice.kind === 'library-changed' || notice.kind === 'run-ended') void refresh();
  });

  watch(lab.status, (status) => {
    if (status === 'open') void refresh();
  });

  const same_names = computed(() => namesakes(library.scenarios.value));
  const library: Library = {
    loaded,
    nameOf: (scenario_id, name) => (scenario_id === null ? name : apartName({ id: scenario_id, name }, same_names.value)),
    table_scenario_ids,
    models,
    refresh,
    scenarios: computed(() => scenarios.value.filter((scenario) => !hiddenScenarios.value.has(scenario.id))),
    runs: computed(() => runs.value.filter((run) => !hiddenRuns.value.has(run.id))),
    deleteScenario(scenario) {
      deleteLater(hiddenScenarios, [scenario.id], `Deleted “${scenario.name}”.`, (scenario_id) => lab.ask('deleteScenario', { scenario_id }));
      goTo({ view: 'library' });
    },
    deleteRuns(deleted) {
      const message = deleted.length === 1 ? `Deleted run ${deleted[0]?.id}.` : `Deleted ${deleted.length} runs.`;
      deleteLater(
        hiddenRuns,
        deleted.map((run) => run.id),
        message,
        (run_id) => lab.ask('deleteRun', { run_id }),
      );
    },
  };
  provide(libraryKey, library);
  return library;
}

/** The library, in any component below the root. */
export function useLibrary(): Library {
  const library = inject(libraryKey);
  if (library === undefined) throw new Error('useLibrary outside of the window');
  return library;
}
