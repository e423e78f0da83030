import { onScopeDispose, type Ref, shallowRef } from 'vue';

/** From here on tables show the columns that can be done without. */
const WIDE_PX = 1700;

/** Whether the window is wide, now and whenever that changes. */
export function useWideWindow(): Readonly<Ref<boolean>> {
  const query = window.matchMedia(`(min-width: ${WIDE_PX}px)`);
  const is_wide = shallowRef(query.matches);
  const follow = (): void => {
    is_wide.value = query.matches;
  };
  query.addEventListener('change', follow);
  onScopeDispose(() => query.removeEventListener('change', follow));
  return is_wide;
}
