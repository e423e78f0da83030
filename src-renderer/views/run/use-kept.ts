import { type Ref, ref, watch } from 'vue';

/** A choice of the user that outlives the window: a boolean or a word, kept under `key`. Anything else found there is forgotten. */
export function useKept<Value extends boolean | string>(key: string, initial: Value, isValue: (value: unknown) => value is Value): Ref<Value> {
  const storage_key = `memledger.${key}`;
  const read = (): Value => {
    const text = window.localStorage.getItem(storage_key);
    if (text === null) return initial;
    const value: unknown = text === 'true' ? true : text === 'false' ? false : text;
    return isValue(value) ? value : initial;
  };
  const kept = ref(read()) as Ref<Value>;
  watch(kept, (value) => window.localStorage.setItem(storage_key, String(value)));
  return kept;
}

export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
