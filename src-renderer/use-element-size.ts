import { onBeforeUnmount, onMounted, type ShallowRef, shallowRef } from 'vue';

/** Width and height of an element's content box in CSS pixels, followed while it is mounted. */
export function useElementSize(element: Readonly<ShallowRef<HTMLElement | null>>): {
  readonly width_px: Readonly<ShallowRef<number>>;
  readonly height_px: Readonly<ShallowRef<number>>;
} {
  const width_px = shallowRef(0);
  const height_px = shallowRef(0);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    if (element.value === null) return;
    observer = new ResizeObserver(([entry]) => {
      width_px.value = entry?.contentRect.width ?? 0;
      height_px.value = entry?.contentRect.height ?? 0;
    });
    observer.observe(element.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return { width_px, height_px };
}
