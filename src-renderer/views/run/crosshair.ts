import { type InjectionKey, inject, onBeforeUnmount, provide, type ShallowRef, shallowRef } from 'vue';

/** The place under the pointer, as the cursor counts places (so many events have happened), in whichever part of the run's view that is; undefined where it is in none. */
export type Crosshair = ShallowRef<number | undefined>;

const crosshairKey: InjectionKey<Crosshair> = Symbol('crosshair');

/** Gives the parts of a run's view one crosshair. They hold it themselves, so that a move of the pointer draws nothing else anew. */
export function provideCrosshair(): Crosshair {
  const crosshair = shallowRef<number>();
  provide(crosshairKey, crosshair);
  return crosshair;
}

/** The crosshair of the run's view that the component is in. A component that goes takes the pointer with it. */
export function useCrosshair(): Crosshair {
  const crosshair = inject(crosshairKey);
  if (crosshair === undefined) throw new Error('useCrosshair outside of a run’s view');
  onBeforeUnmount(() => {
    crosshair.value = undefined;
  });
  return crosshair;
}
