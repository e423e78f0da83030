import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BATTERY, type BatteryScenario, type Measured } from '../../src-engine/compare/criteria/battery.ts';
import { criteriaMarkdown, criteriaPlainText, isMeasured } from '../../src-engine/compare/criteria/export.ts';
import { measuredRun } from '../../src-engine/compare/criteria/measured-run.ts';
import { trueShares } from '../../src-engine/compare/criteria/true-sharing.ts';
import type { CriteriaTable, CriterionCell, CriterionId } from '../../src-engine/compare/criteria/types.ts';
import { criteriaTable, type ModelMeasured } from '../../src-engine/compare/criteria.ts';
import { recordInMemory } from '../../src-engine/record/memory-run.ts';
import type { RunMeta, RunNames } from '../../src-engine/record/run.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { PRESETS } from '../../src-engine/scenario/presets.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import { simulate } from '../../src-engine/simulate.ts';

/** The criteria table over the whole battery: every cell is measured, and what the schemes of the SoftwareZones page come to is pinned. */
const DIR = join(import.meta.dirname, '../../examples/criteria');

function compiled(text: string): Program {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  return program.value;
}
const programs = Object.fromEntries(BATTERY.map((name) => [name, compiled(readFileSync(join(DIR, `${name}.yaml`), 'utf8'))])) as Measured['programs'];

function recorded(scenario: BatteryScenario, model: string) {
  let run: ReturnType<typeof recordInMemory> | undefined;
  const started = (): ReturnType<typeof recordInMemory> => {
    if (run === undefined) throw new Error('the run has not begun');
    return run;
  };
  const outcome = simulate(programs[scenario], model, {
    begin(meta: RunMeta, names: RunNames) {
      run = recordInMemory(meta, names, plainCompressor);
    },
    seal: (columns, count) => started().sink.seal(columns, count),
    sample: (sample) => started().sink.sample(sample),
  });
  if (!outcome.ok) throw new Error(`${scenario} under ${model}: ${JSON.stringify(outcome.errors)}`);
  expect(started().errors).toEqual([]);
  return measuredRun(scenario, null, started().reader, plainCompressor);
}

const measured = (model: string): ModelMeasured => ({
  model,
  runs: Object.fromEntries(BATTERY.map((scenario) => [scenario, recorded(scenario, model)])),
  missing: {},
});

const table: CriteriaTable = criteriaTable(
  PRESETS.map(({ id }) => measured(id)),
  programs,
);

function cell(criterion: CriterionId, model: string): CriterionCell {
  const row = table.criteria.findIndex(({ id }) => id === criterion);
  const found = table.cells[row]?.[table.models.findIndex(({ id }) => id === model)];
  if (found === undefined || !isMeasured(found)) throw new Error(`${criterion} of ${model} is not measured`);
  return found;
}
const words = (model: string): Readonly<Record<string, string>> => Object.fromEntries(table.criteria.map(({ id }) => [id, cell(id, model).verdict.word]));
const figure = (criterion: CriterionId, model: string, label: string): number => {
  const found = cell(criterion, model).figures.find((one) => one.label === label);
  if (found === undefined) throw new Error(`${criterion} has no figure “${label}”`);
  return found.value;
};

describe('the criteria table', () => {
  it('has a measurement in every cell', () => {
    expect(table.cells.flat().filter((one) => !isMeasured(one))).toEqual([]);
    expect(table.cells.map((row) => row.length)).toEqual(table.criteria.map(() => PRESETS.length));
  });

  it('comes to these verdicts for the four schemes of the page and the control', () => {
    expect(Object.fromEntries(['software-zones', 'static', 'partial', 'rss', 'none'].map((model) => [model, words(model)]))).toMatchInlineSnapshot(`
      {
        "none": {
          "attack": "to floods",
          "code": "none",
          "creation": "always",
          "limits": "no",
          "overcommit": "yes",
          "resize": "not held to it",
          "runtime": "free",
          "sharing": "no",
          "storage": "nothing",
        },
        "partial": {
          "attack": "to both",
          "code": "listed",
          "creation": "always",
          "limits": "partly",
          "overcommit": "yes",
          "resize": "not held to it",
          "runtime": "constant",
          "sharing": "no",
          "storage": "more",
        },
        "rss": {
          "attack": "to both",
          "code": "listed",
          "creation": "always",
          "limits": "no",
          "overcommit": "yes",
          "resize": "not held to it",
          "runtime": "grows",
          "sharing": "no",
          "storage": "nothing",
        },
        "software-zones": {
          "attack": "to floods",
          "code": "listed",
          "creation": "sometimes",
          "limits": "yes",
          "overcommit": "no",
          "resize": "moves pages",
          "runtime": "free",
          "sharing": "no",
          "storage": "nothing",
        },
        "static": {
          "attack": "to leaving",
          "code": "listed",
          "creation": "always",
          "limits": "partly",
          "overcommit": "yes",
          "resize": "easy",
          "runtime": "free",
          "sharing": "no",
          "storage": "one field",
        },
      }
    `);
  });

  it('finds what can be worked out by hand', () => {
    // One pointer a page; a mapped page of beancounters: the pointer, 64 bytes for its user and two of the hash.
    expect(figure('storage', 'static', 'for each page of the machine')).toBe(8);
    expect(figure('storage', 'partial', 'more for each further sharer of it')).toBe(64);
    expect(figure('runtime', 'static', 'map, by an eighth container')).toBe(0);
    // The container's counter and the root's.
    expect(figure('runtime', 'static', 'charge')).toBe(2);
    // B pays half of the 16 MiB that it shares with the attacker, and then all of it.
    expect(figure('attack', 'partial', 'pushed onto it by ceasing to share')).toBe(2048);
    expect(figure('attack', 'rss', 'pushed onto it by ceasing to share')).toBe(0);
    // Four containers of 16 MiB are all that 64 MiB hold in zones; a quarter of each limit in use fills memory at four times that.
    expect(figure('overcommit', 'software-zones', 'limits added up before harm, of memory')).toBe(1);
    expect(figure('overcommit', 'static', 'limits added up before harm, of memory')).toBe(4);
    expect(figure('sharing', 'none', 'error against true sharing')).toBe(1);
  });

  it('says so where it contradicts the page, and why', () => {
    expect(cell('attack', 'software-zones').contradiction).toMatch(/shared zone is in nobody’s limit/);
    expect(cell('attack', 'rss').contradiction).toMatch(/nothing more is charged when sharing ends/);
    expect(cell('attack', 'static').contradiction).toBeNull();
    // The page speaks of none of the others.
    expect(cell('attack', 'rss-2007').seed).toBeNull();
  });

  it('can be taken away as Markdown and as text of 72 columns', () => {
    const lines = criteriaPlainText(table).split('\n');
    expect(lines.filter((line) => line.length > 72)).toEqual([]);
    const rows = criteriaMarkdown(table)
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(rows.length).toBe(PRESETS.length + 2);
    expect(new Set(rows.map((row) => row.split(' | ').length)).size).toBe(1);
  });

  it('leaves cells open whose runs are missing', () => {
    const open = criteriaTable([{ model: 'static', runs: {}, missing: { classes: 'classes failed' } }], programs);
    expect(open.cells[0]?.[0]).toEqual({ criterion: 'limits', model: 'static', missing: 'classes failed' });
    expect(criteriaPlainText(open)).toContain('not measured: classes failed');
  });
});

describe('true sharing', () => {
  const scenario = (steps: string): Program =>
    compiled(`memledger: 1
name: shares
containers: { A: {}, B: {}, C: {} }
objects: { f: { file: 24KiB } }
tasks: { a: { in: A }, b: { in: B }, c: { in: C } }
steps:
${steps}
  - { sample: end }
`);

  it('charges each page in equal parts to those who used it, however often', () => {
    const program = scenario(
      '  - { read: f, by: a }\n  - { read: f, by: a }\n  - { read: f, by: b, range: 0..12KiB }\n  - { map: f, by: c, as: v }\n  - { peek: v, by: c, range: 0..4KiB }',
    );
    expect([...trueShares(program, 'end')]).toEqual([
      ['A', 3 + 2 / 2 + 1 / 3],
      ['B', 2 / 2 + 1 / 3],
      ['C', 1 / 3],
    ]);
  });

  it('lets a forked child use what its parent had allocated', () => {
    const program = scenario('  - { alloc: heap, by: a, size: 16KiB }\n  - { touch: heap, by: a, range: 0..8KiB }\n  - { fork: a, as: a2, in: B }');
    expect([...trueShares(program, 'end')]).toEqual([
      ['A', 1],
      ['B', 1],
    ]);
  });
});
