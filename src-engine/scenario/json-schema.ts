import { z } from 'zod';
import { scenarioSchema, stepSchema, VERB_SCHEMAS, VERBS } from './schema.ts';

type JsonSchema = Record<string, unknown>;

const STEP_REFERENCE = '#/$defs/step';

/** One schema as files are written: sizes and times as texts, keys with a default optional. A nested step refers to the definition of all steps. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === stepSchema) jsonSchema.$ref = STEP_REFERENCE;
      // Left out by zod where a schema turns texts into numbers; ours are as files are written.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
      // Whole numbers of the language are never as large as a double can hold: the bound says nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return json;
}

/** The scenario language as JSON Schema 2020-12, for editors and other tools. Names and amounts that depend on each other are beyond it: `parseScenario` checks them. */
export function scenarioJsonSchema(): JsonSchema {
  const verbs = VERBS.map((verb): [string, JsonSchema] => [`step-${verb}`, toJsonSchema(VERB_SCHEMAS[verb])]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...toJsonSchema(scenarioSchema),
    $defs: {
      step: { description: 'One step; its verb is the first key.', anyOf: verbs.map(([name]) => ({ $ref: `#/$defs/${name}` })) },
      ...Object.fromEntries(verbs),
    },
  };
}
