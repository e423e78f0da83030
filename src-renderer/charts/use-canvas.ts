import { onBeforeUnmount, onMounted, type ShallowRef, shallowRef, watch } from 'vue';
import { drawInTurn, drawNoMore } from './draw-turns.ts';

/** The context of a canvas that is made as sharp as the screen, at a size in CSS pixels. */
export function sharpContext(canvas: HTMLCanvasElement, width_px: number, height_px: number): CanvasRenderingContext2D | null {
  const scale = window.devicePixelRatio;
  const [width, height] = [Math.round(width_px * scale), Math.round(height_px * scale)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext('2d');
  context?.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

/**
 * Keeps a canvas as sharp and as wide as its box and redraws it, at most once a frame, whenever what `draw` depends on changes.
 * `inputs` and `height_px` read all that it depends on. Gives the width in CSS pixels.
 */
export function useCanvas(
  canvas: Readonly<ShallowRef<HTMLCanvasElement | null>>,
  height_px: () => number,
  inputs: () => unknown,
  draw: (context: CanvasRenderingContext2D, width_px: number) => void,
): Readonly<ShallowRef<number>> {
  const width_px = shallowRef(0);
  let observer: ResizeObserver | undefined;

  function drawNow(): void {
    const context = canvas.value === null || width_px.value === 0 ? null : sharpContext(canvas.value, width_px.value, height_px());
    if (context !== null) draw(context, width_px.value);
  }
  const drawSoon = (): void => drawInTurn(drawNow);

  onMounted(() => {
    if (canvas.value === null) return;
    observer = new ResizeObserver(([entry]) => {
      width_px.value = Math.round(entry?.contentRect.width ?? 0);
    });
    observer.observe(canvas.value);
  });
  onBeforeUnmount(() => {
    observer?.disconnect();
    drawNoMore(drawNow);
  });
  watch([inputs, height_px, width_px], drawSoon);
  return width_px;
}
