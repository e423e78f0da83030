import { onScopeDispose, type Ref, shallowRef } from 'vue';
import type { CriteriaTable } from '../../../src-main/lab/contract.ts';
import { useLab } from '../../lab.ts';
import { useReadAgain } from '../shared/use-read-again.ts';

export interface Criteria {
  /** Undefined until the first answer. */
  readonly table: Readonly<Ref<CriteriaTable | undefined>>;
  /** Starts the recordings that the table misses. Answers how many. */
  measure(): Promise<number | undefined>;
  /** The table as text to take away. */
  text(format: 'markdown' | 'text'): Promise<string | undefined>;
}

/** The criteria table of every preset; follows the recordings as they end. */
export function useCriteria(): Criteria {
  const lab = useLab();
  const table = shallowRef<CriteriaTable>();
  const again = useReadAgain(async () => {
    const answer = await lab.ask('criteria', {});
    if (answer !== undefined) table.value = answer;
  });
  onScopeDispose(
    lab.subscribe((notice) => {
      if (notice.kind === 'run-ended') again();
    }),
  );
  again();
  return {
    table,
    measure: async () => (await lab.ask('startCriteria', {}))?.run_ids.length,
    text: async (format) => (await lab.ask('criteriaText', { format }))?.text,
  };
}
