import { scenarioJsonSchema } from '../../src-engine/scenario/json-schema.ts';
import { PRESETS } from '../../src-engine/scenario/presets.ts';
import { scenarioReferenceMarkdown } from '../../src-engine/scenario/reference.ts';
import type { ModelRow } from './contract.ts';

/** What can be said of the scenario language and the models without a database: JSON Schema, reference page, presets. */
export const language = {
  jsonSchema: (): unknown => scenarioJsonSchema(),
  referenceMarkdown: (): string => scenarioReferenceMarkdown(),
  models: (): readonly ModelRow[] => PRESETS,
};
