/** Keys that the language itself asks for: awaiting, printing, comparing. */
const LANGUAGE_KEYS = new Set(['then', 'toJSON', 'asymmetricMatch', 'nodeType', '$$typeof']);

/**
 * A part of Electron of which only `known` is modelled. Touching anything else is an error: the real one might lack it, or do more than the test shows.
 * `known` is typed as the real part, so its signatures are the real ones.
 */
export function strict<T extends object>(name: string, known: Partial<T>): T {
  const unknownKey = (key: string): never => {
    throw new Error(`The double of Electron knows no ${name}.${key}: model it as the real one behaves, or do not use it.`);
  };
  const proxy = new Proxy(known, {
    get(target, key) {
      if (Reflect.has(target, key)) return Reflect.get(target, key);
      return typeof key === 'symbol' || LANGUAGE_KEYS.has(key) ? undefined : unknownKey(key);
    },
    set: (_target, key) => unknownKey(String(key)),
  });
  // The one place where a part stands for the whole: what is missing throws.
  return proxy as T;
}

type Listener = (...args: never[]) => void;

/** The `on`, `once`, `off` of a part of Electron, for the events that are modelled, and the way for the double to raise them. */
export interface Events<Name extends string> {
  on(event: string, listener: Listener): void;
  once(event: string, listener: Listener): void;
  emit(event: Name, ...args: readonly unknown[]): void;
  count(event: Name): number;
}

/** Events of the part `name`; listening to any but `known` is an error. */
export function events<Name extends string>(name: string, known: readonly Name[]): Events<Name> {
  const listeners = new Map<string, { readonly listener: Listener; readonly once: boolean }[]>();
  const add = (event: string, listener: Listener, once: boolean): void => {
    if (!known.some((one) => one === event)) throw new Error(`The double of Electron knows no event '${event}' of ${name}.`);
    listeners.set(event, [...(listeners.get(event) ?? []), { listener, once }]);
  };
  return {
    on: (event, listener) => add(event, listener, false),
    once: (event, listener) => add(event, listener, true),
    emit(event, ...args) {
      const called = listeners.get(event) ?? [];
      listeners.set(
        event,
        called.filter(({ once }) => !once),
      );
      for (const { listener } of called) Reflect.apply(listener, undefined, args);
    },
    count: (event) => listeners.get(event)?.length ?? 0,
  };
}

/** An event that can be prevented, and whether it was. */
export function preventable<T extends object>(details: T): T & { preventDefault(): void; readonly defaultPrevented: boolean } {
  let defaultPrevented = false;
  return {
    ...details,
    preventDefault() {
      defaultPrevented = true;
    },
    get defaultPrevented() {
      return defaultPrevented;
    },
  };
}
