import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { LabError } from '../../../src-engine/base/result.ts';
import type { PageMapView } from '../../../src-engine/record/page-values.ts';
import type { Answer, Method, Params } from '../../../src-main/lab/contract.ts';
import type { Lab } from '../../lab.ts';
import { createLatest } from '../run/latest.ts';

/** Numbers searches, so that each can be ended alone. */
let search_count = 0;

/** The last answer to what a view wants now, and whether another is on its way. `cancel` ends the search for it. */
export interface PageAnswer<T> {
  /** Undefined before the first answer, and after a search that was ended. */
  readonly value: Readonly<ShallowRef<T | undefined>>;
  readonly busy: Readonly<ShallowRef<boolean>>;
  readonly errors: Readonly<ShallowRef<readonly LabError[]>>;
  cancel(): void;
}

/**
 * Asks the lab whenever `wanted` changes, one call at a time. The first call on a long run reads all of it up to the cursor, so a call under way is ended when the component is
 * gone or the user says so.
 */
export function usePageCall<M extends Method>(lab: Lab, method: M, wanted: () => Params<M> | undefined): PageAnswer<Answer<M>> {
  const value = shallowRef<Answer<M>>();
  const busy = shallowRef(false);
  const errors = shallowRef<readonly LabError[]>([]);
  search_count += 1;
  const search = `pages ${search_count}`;
  const cancel = (): void => {
    if (busy.value) void lab.call('cancelSearch', { search });
  };
  const load = createLatest<Params<M>>(async (params) => {
    busy.value = true;
    const answer = await lab.call(method, { ...params, search });
    busy.value = false;
    errors.value = answer.ok ? [] : answer.errors;
    value.value = answer.ok ? answer.value : undefined;
  });
  watch(
    wanted,
    (params) => {
      if (params !== undefined) load(params);
      else value.value = undefined;
    },
    { immediate: true },
  );
  onScopeDispose(cancel);
  return { value, busy, errors, cancel };
}

/** The map that a view wants. */
export const usePageMap = (lab: Lab, wanted: () => Params<'pageMap'> | undefined): PageAnswer<PageMapView | null> => usePageCall(lab, 'pageMap', wanted);
