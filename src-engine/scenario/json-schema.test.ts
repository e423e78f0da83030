import { describe, expect, test } from 'vitest';
import { scenarioJsonSchema } from './json-schema.ts';
import { VERBS } from './schema.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const schema = scenarioJsonSchema() as { readonly [key: string]: Json };

function visit(value: Json, see: (map: { readonly [key: string]: Json }) => void): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  const map = value as { readonly [key: string]: Json };
  see(map);
  for (const item of Object.values(map)) visit(item, see);
}

/** Just enough of JSON Schema for this language: whether a value is valid. */
function isValid(of: Json, value: Json): boolean {
  if (of === null || typeof of !== 'object' || Array.isArray(of)) return of !== false;
  const rule = of as { readonly [key: string]: Json };
  const list = (key: string): readonly Json[] => (rule[key] as readonly Json[] | undefined) ?? [];
  if (typeof rule.$ref === 'string') {
    const defs = schema.$defs as { readonly [key: string]: Json };
    return isValid(defs[rule.$ref.replace('#/$defs/', '')] ?? false, value);
  }
  if (rule.anyOf !== undefined && !list('anyOf').some((option) => isValid(option, value))) return false;
  if (rule.oneOf !== undefined && list('oneOf').filter((option) => isValid(option, value)).length !== 1) return false;
  if (rule.const !== undefined && rule.const !== value) return false;
  if (rule.enum !== undefined && !list('enum').includes(value)) return false;
  switch (rule.type) {
    case 'string':
      return typeof value === 'string' && (typeof rule.pattern !== 'string' || new RegExp(rule.pattern).test(value));
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' &&
        value >= Number(rule.minimum ?? value) &&
        value <= Number(rule.maximum ?? value) &&
        (rule.type === 'number' || Number.isInteger(value))
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value) && value.every((item) => isValid(rule.items ?? true, item));
    case 'object': {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
      const map = value as { readonly [key: string]: Json };
      const properties = (rule.properties ?? {}) as { readonly [key: string]: Json };
      return (
        list('required').every((key) => String(key) in map) &&
        Object.entries(map).every(([key, item]) => isValid(properties[key] ?? rule.additionalProperties ?? true, item))
      );
    }
    default:
      return true;
  }
}

test('is JSON Schema 2020-12, plain data, and every reference leads somewhere', () => {
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  const defs = Object.keys(schema.$defs as object).map((name) => `#/$defs/${name}`);
  visit(schema, (map) => {
    if (map.$ref !== undefined) expect(defs).toContain(map.$ref);
  });
});

test('every key has a description, every verb a definition with an example', () => {
  visit(schema, (map) => {
    const properties = map.properties;
    if (map.type !== 'object' || properties === undefined) return;
    for (const [key, value] of Object.entries(properties as object)) expect(value, key).toHaveProperty('description');
  });
  const defs = schema.$defs as { readonly [key: string]: { readonly examples?: readonly Json[] } };
  for (const verb of VERBS) expect(defs[`step-${verb}`]?.examples, verb).toHaveLength(1);
});

describe('the examples in it', () => {
  const with_examples: { readonly [key: string]: Json }[] = [];
  visit(schema, (map) => {
    if (Array.isArray(map.examples)) with_examples.push(map);
  });
  test.each(with_examples.map((map) => [JSON.stringify(map.examples), map] as const))('%s is valid', (_text, map) => {
    for (const example of map.examples as readonly Json[]) expect(isValid(map, example)).toBe(true);
  });

  const refused: readonly Json[] = [
    { raed: 'shared', by: 'a' },
    { read: 'shared' },
    { read: 'shared', by: 'a', range: 4 },
    { sleep: 10 },
    { workload: 'zipf', over: 'x', by: 'a' },
    { repeat: 2, steps: [{ raed: 'x' }] },
  ];
  test.each(refused)('%j is not', (step) => {
    expect(isValid({ $ref: '#/$defs/step' }, step)).toBe(false);
  });
});
