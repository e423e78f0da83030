import { computed, type Ref } from 'vue';
import type { CriteriaTable } from '../../../src-main/lab/contract.ts';
import { useLab } from '../../lab.ts';
import { useModelTables } from '../shared/use-model-tables.ts';

export interface Criteria {
  /** What is read so far: models come one after another. Undefined until the first. */
  readonly table: Readonly<Ref<CriteriaTable | undefined>>;
  /** Whether models are still to be read. */
  readonly is_partial: Readonly<Ref<boolean>>;
  /** The table as text to take away. */
  text(format: 'markdown' | 'text'): Promise<string | undefined>;
}

/** Tables of single models side by side. */
function joined(tables: readonly CriteriaTable[]): CriteriaTable | undefined {
  const [first] = tables;
  if (first === undefined) return undefined;
  return {
    criteria: first.criteria,
    models: tables.flatMap(({ models }) => models),
    cells: first.criteria.map((_criterion, row) => tables.flatMap(({ cells }) => cells[row] ?? [])),
  };
}

/** The criteria table of every preset; follows the recordings as they end. */
export function useCriteria(): Criteria {
  const lab = useLab();
  const { tables, is_partial } = useModelTables(
    1,
    (models) => lab.ask('criteria', { models }),
    ({ kind }) => kind === 'run-ended',
  );
  return {
    table: computed(() => joined(tables.value)),
    is_partial,
    text: async (format) => (await lab.ask('criteriaText', { format }))?.text,
  };
}
