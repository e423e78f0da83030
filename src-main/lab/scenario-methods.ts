import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { completionsAt } from '../../src-engine/scenario/completion.ts';
import { formatScenario, lintScenario } from '../../src-engine/scenario/edit.ts';
import { hoverAt } from '../../src-engine/scenario/hover.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { previewScenario } from '../../src-engine/scenario/preview.ts';
import { writtenSteps } from '../../src-engine/scenario/written-steps.ts';
import type { ScenarioStore } from '../store/scenarios.ts';
import type { ScenarioRow, ScenarioTemplate, ScenarioText, TextMark } from './contract.ts';
import type { LabHandlers } from './handlers.ts';
import { TEMPLATES_DIR } from './paths.ts';
import { summarise } from './scenario-text.ts';

/** A scenario as a run needs it. */
export type RunnableScenario = ScenarioText & { readonly base_dir: string | null };

export const noScenario = (scenario_id: number): LabError => ({
  code: 'no-such-scenario',
  message: `There is no scenario ${scenario_id}.`,
  remedy: 'it may have been deleted; look at the library',
});

/** The text with `(copy)` after the name it gives itself, where that name stands plainly on its line. */
export function renamedCopy(text: string): string {
  return text.replace(/^(name:[ \t]*)(.*?)([ \t]*)$/m, (line, key: string, name: string, end: string) => {
    const quoted = /^(["'])(.*)\1$/.exec(name);
    if (quoted !== null) return `${key}${quoted[1]}${quoted[2]} (copy)${quoted[1]}${end}`;
    return /^[A-Za-z0-9]/.test(name) && !name.includes(' #') ? `${key}${name} (copy)${end}` : line;
  });
}

/** A scenario with the directory in which its trace files lie. */
export async function readRunnable(scenarios: ScenarioStore, scenario_id: number): Promise<RunnableScenario | undefined> {
  const found = await scenarios.read(scenario_id);
  if (found === undefined) return undefined;
  const { source_path, ...scenario } = found;
  return { ...scenario, base_dir: source_path === null ? null : dirname(source_path) };
}

/** The templates that are shipped, in their order. */
function readTemplates(): readonly ScenarioTemplate[] {
  return readdirSync(TEMPLATES_DIR)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((file_name) => {
      const text = readFileSync(join(TEMPLATES_DIR, file_name), 'utf8');
      const { name, about } = summarise(text, file_name);
      return { name, about, text };
    });
}

type ScenarioMethod =
  | 'scenario'
  | 'saveScenario'
  | 'duplicateScenario'
  | 'deleteScenario'
  | 'importScenario'
  | 'checkScenario'
  | 'completeScenario'
  | 'hoverScenario'
  | 'templates'
  | 'writtenSteps'
  | 'formatScenario';

/** The lab's methods that deal with scenarios. `changed` is called after each change of the library. */
export function scenarioMethods(scenarios: ScenarioStore, changed: () => void): Pick<LabHandlers, ScenarioMethod> {
  const marksOf = (text: string): readonly TextMark[] => lintScenario(text);

  async function rowOf(scenario_id: number): Promise<Result<ScenarioRow>> {
    const found = await scenarios.read(scenario_id);
    if (found === undefined) return fail(noScenario(scenario_id));
    const { text: _text, revisions: _revisions, source_path: _source_path, ...row } = found;
    return ok(row);
  }

  async function saved(scenario_id: number, text: string): Promise<Result<{ readonly scenario: ScenarioRow; readonly marks: readonly TextMark[] }>> {
    changed();
    const row = await rowOf(scenario_id);
    return row.ok ? ok({ scenario: row.value, marks: marksOf(text) }) : row;
  }

  return {
    async scenario({ scenario_id, revision_id }) {
      const found = await scenarios.read(scenario_id, revision_id);
      if (found === undefined) return fail(noScenario(scenario_id));
      const { source_path: _source_path, ...scenario } = found;
      return ok(scenario);
    },
    async saveScenario({ scenario_id, text }) {
      if (scenario_id === undefined) return saved(await scenarios.create({ text, summary: summarise(text), origin: 'user' }), text);
      const revision_id = await scenarios.revise(scenario_id, text, summarise(text));
      return revision_id === undefined ? fail(noScenario(scenario_id)) : saved(scenario_id, text);
    },
    async duplicateScenario({ scenario_id }) {
      const found = await scenarios.read(scenario_id);
      if (found === undefined) return fail(noScenario(scenario_id));
      const text = renamedCopy(found.text);
      const copy_id = await scenarios.create({ text, summary: summarise(text), origin: 'user' });
      changed();
      return rowOf(copy_id);
    },
    async deleteScenario({ scenario_id }) {
      if (!(await scenarios.remove(scenario_id))) return fail(noScenario(scenario_id));
      changed();
      return ok(null);
    },
    async importScenario({ file_name, text }) {
      return saved(await scenarios.create({ text, summary: summarise(text, file_name), origin: 'import' }), text);
    },
    async checkScenario({ text }) {
      const marks = marksOf(text);
      if (marks.length > 0) return ok({ marks, models: null, preview: null });
      const parsed = parseScenario(text);
      return ok({ marks, models: summarise(text).models, preview: parsed.ok ? previewScenario(parsed.value) : null });
    },
    completeScenario: async ({ text, offset }) => ok(completionsAt(text, offset)),
    hoverScenario: async ({ text, offset }) => ok(hoverAt(text, offset)),
    writtenSteps: async ({ text }) => ok(writtenSteps(text)),
    templates: async () => ok(readTemplates()),
    async formatScenario({ text }) {
      const formatted = formatScenario(text);
      return formatted.ok ? ok({ text: formatted.value }) : formatted;
    },
  };
}
