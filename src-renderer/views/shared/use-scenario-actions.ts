import type { ScenarioRow } from '../../../src-main/lab/contract.ts';
import { downloadText, scenarioFileName } from '../../files.ts';
import { useLab } from '../../lab.ts';
import { useLibrary } from '../../library.ts';
import { goTo } from '../../router.ts';

/** What can be done to a scenario from the library and from its own view. */
export function useScenarioActions() {
  const lab = useLab();
  const library = useLibrary();
  return {
    /** Makes a copy and opens it. */
    async duplicate(scenario: Pick<ScenarioRow, 'id'>): Promise<void> {
      const copy = await lab.ask('duplicateScenario', { scenario_id: scenario.id });
      if (copy === undefined) return;
      await library.refresh();
      goTo({ view: 'scenario', scenario_id: copy.id });
    },
    /** Hands the saved text to the user as a file. */
    async exportFile(scenario: Pick<ScenarioRow, 'id' | 'name'>): Promise<void> {
      const saved = await lab.ask('scenario', { scenario_id: scenario.id });
      if (saved !== undefined) downloadText(scenarioFileName(scenario.name), saved.text);
    },
    remove: (scenario: ScenarioRow): void => library.deleteScenario(scenario),
  };
}
