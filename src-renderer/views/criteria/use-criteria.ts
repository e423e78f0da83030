import { computed, onScopeDispose, type Ref, shallowRef } from 'vue';
import type { CriteriaTable } from '../../../src-main/lab/contract.ts';
import { useLab } from '../../lab.ts';
import { useReadAgain } from '../shared/use-read-again.ts';

export interface Criteria {
  /** What is read so far: models come one after another. Undefined until the first. */
  readonly table: Readonly<Ref<CriteriaTable | undefined>>;
  /** Models that are still to be read; 0 when the table is whole. */
  readonly unread_count: Readonly<Ref<number>>;
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

/** The criteria table of every preset; follows the recordings as they end. Reading all of it for the first time takes seconds, so models are asked for one by one. */
export function useCriteria(): Criteria {
  const lab = useLab();
  const tables = shallowRef<readonly CriteriaTable[]>([]);
  const unread_count = shallowRef(1);
  let gone = false;
  const again = useReadAgain(async () => {
    const models = (await lab.ask('models', {})) ?? [];
    for (const [index, { id }] of models.entries()) {
      const answer = gone ? undefined : await lab.ask('criteria', { models: [id] });
      if (answer === undefined) return;
      tables.value = index < tables.value.length ? tables.value.with(index, answer) : [...tables.value, answer];
      unread_count.value = Math.max(0, models.length - tables.value.length);
    }
  });
  onScopeDispose(
    lab.subscribe((notice) => {
      if (notice.kind === 'run-ended') again();
    }),
  );
  onScopeDispose(() => {
    gone = true;
  });
  again();
  return {
    table: computed(() => joined(tables.value)),
    unread_count,
    text: async (format) => (await lab.ask('criteriaText', { format }))?.text,
  };
}
