import { onScopeDispose, type Ref, shallowRef } from 'vue';
import type { ComparisonRow } from '../../../src-main/lab/sharing-contract.ts';
import type { Lab } from '../../lab.ts';

/** Saved comparisons, newest first; follows the library. */
export function useComparisons(lab: Lab): Readonly<Ref<readonly ComparisonRow[]>> {
  const comparisons = shallowRef<readonly ComparisonRow[]>([]);
  async function read(): Promise<void> {
    comparisons.value = (await lab.ask('comparisons', {})) ?? comparisons.value;
  }
  onScopeDispose(
    lab.subscribe((notice) => {
      if (notice.kind === 'library-changed') void read();
    }),
  );
  void read();
  return comparisons;
}
