import { hooksOf } from '../models/hooks.ts';
import { type Model, resolveModel } from '../models/model.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Measured } from './criteria/battery.ts';
import { MEASURES } from './criteria/measures.ts';
import { schemeOf, seedOf } from './criteria/seed-words.ts';
import { CRITERION_IDS, type CriteriaTable, type CriterionCell, type CriterionId, type CriterionRow, type MissingCell } from './criteria/types.ts';

/** The runs of one model; a scenario that was not recorded says why. */
export interface ModelMeasured {
  readonly model: string;
  readonly runs: Partial<Measured['runs']>;
  /** Why a scenario is not there, by its name. */
  readonly missing: Readonly<Record<string, string>>;
}

/** The rows of the table, as they are explained beside it. */
export const CRITERIA: readonly CriterionRow[] = CRITERION_IDS.map((id): CriterionRow => {
  if (id === 'code')
    return {
      id,
      title: 'Code overhead',
      question: 'At which points of the kernel must the policy be called?',
      rule: 'A list, not a number: lines of code say less. It follows from what the policy implements here.',
      scenarios: [],
    };
  const { title, question, rule, scenarios } = MEASURES[id];
  return { id, title, question, rule, scenarios };
});

/**
 * The criteria table of the SoftwareZones page, from measurements: each criterion of each model, from the runs of the battery. A model whose runs are not there
 * has cells that say so. Pure: the same runs give the same table.
 */
export function criteriaTable(models: readonly ModelMeasured[], programs: Measured['programs']): CriteriaTable {
  return {
    criteria: CRITERIA,
    models: models.map(({ model }) => ({ id: model, title: PRESETS.find(({ id }) => id === model)?.title ?? model })),
    cells: CRITERION_IDS.map((criterion) => models.map((measured) => cellOf(criterion, measured, programs))),
  };
}

function cellOf(criterion: CriterionId, measured: ModelMeasured, programs: Measured['programs']): CriterionCell | MissingCell {
  const resolved = resolveModel(measured.model);
  if (!resolved.ok) return { criterion, model: measured.model, missing: resolved.errors[0]?.message ?? 'no such model' };
  if (criterion === 'code') return codeCell(resolved.value);
  const { scenarios, measure } = MEASURES[criterion];
  const absent = scenarios.find((scenario) => measured.runs[scenario] === undefined);
  if (absent !== undefined) return { criterion, model: measured.model, missing: measured.missing[absent] ?? `${absent} is not recorded` };
  // The runs that the measure looks at are there; it looks at no other.
  const found = measure({ runs: measured.runs as Measured['runs'], programs });
  return { criterion, model: measured.model, ...found, hooks: [], ...seedOf(schemeOf(resolved.value), criterion, found) };
}

function codeCell(model: Model): CriterionCell {
  const hooks = hooksOf(model);
  return {
    criterion: 'code',
    model: model.id,
    figures: [],
    summary: hooks.length === 0 ? 'nothing' : hooks.join(', '),
    verdict: { word: hooks.length === 0 ? 'none' : 'listed', tone: 'plain' },
    hooks,
    seed: null,
    contradiction: null,
    evidence: [],
  };
}
