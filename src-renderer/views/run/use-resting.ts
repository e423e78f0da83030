import { onScopeDispose, watch } from 'vue';

/** Does `action` with a value once it has rested: for what is too dear to do at every frame of a scrub. Ends with the scope. */
export function useResting<Value>(source: () => Value, rest_ms: number, action: (value: Value) => void): void {
  let timer: number | undefined;
  watch(source, (value) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => action(value), rest_ms);
  });
  onScopeDispose(() => window.clearTimeout(timer));
}
