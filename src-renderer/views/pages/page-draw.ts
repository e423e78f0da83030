import type { PageMapView } from '../../../src-engine/record/page-values.ts';
import { cornerOf, type PageLayout } from './page-layout.ts';
import { isInked, type PageStyle, partsOf } from './page-styles.ts';

/** A colour as a pixel of an image has it. */
function pixelOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = partsOf(colour);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Cells from this edge on have a gap between them, and letters from the other on. */
const GAP_FROM_PX = 6;
const LETTERS_FROM_PX = 14;
/** Share of a cell's edge that the corner takes which shows what else is in it. */
const CORNER_SHARE = 0.5;

/** Everything that a map's picture is made of. */
export interface PagePicture {
  readonly view: Pick<PageMapView, 'from_page' | 'to_page' | 'bucket_pages' | 'values' | 'mixed' | 'seconds'>;
  readonly layout: PageLayout;
  /** Pages in sight. */
  readonly from: number;
  readonly to: number;
  readonly styleOf: (value: number) => PageStyle;
  readonly background: string;
  readonly text: string;
  readonly font: string;
}

/** Bucket of the view that holds a page, −1 outside of what it covers. */
function bucketAt({ from_page, to_page, bucket_pages }: PagePicture['view'], page: number): number {
  return page < from_page || page >= to_page ? -1 : Math.floor((page - from_page) / bucket_pages);
}

/**
 * Draws the cells. Pixels are written straight into an image: a quarter of a million cells are a few milliseconds. What is not known yet (the view is older than the zoom)
 * stays empty.
 */
export function drawPages(context: CanvasRenderingContext2D, width_px: number, height_px: number, picture: PagePicture): void {
  const { view, layout, from, to, styleOf } = picture;
  const scale = context.canvas.width / Math.max(1, width_px);
  const width = context.canvas.width;
  const height = Math.max(1, Math.round(height_px * scale));
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const background = pixelOf(picture.background);
  pixels.fill(background);
  const styles = new Map<number, { readonly style: PageStyle; readonly pixel: number }>();
  const lookOf = (value: number) => {
    let look = styles.get(value);
    if (look === undefined) {
      const style = styleOf(value);
      look = { style, pixel: pixelOf(style.colour) };
      styles.set(value, look);
    }
    return look;
  };
  const { cell_px, columns, bucket_pages } = layout;
  const gap = cell_px >= GAP_FROM_PX ? 1 : 0;
  const count = Math.ceil((to - from) / bucket_pages);
  for (let cell = 0; cell < count; cell++) {
    const bucket = bucketAt(view, from + cell * bucket_pages);
    if (bucket < 0) continue;
    const { style, pixel } = lookOf(view.values[bucket]);
    const x = (cell % columns) * cell_px;
    const y = Math.floor(cell / columns) * cell_px;
    const x_end = Math.min(width, Math.round((x + cell_px - gap) * scale));
    const y_end = Math.min(height, Math.round((y + cell_px - gap) * scale));
    const corner = view.mixed[bucket] === 1 ? Math.round(cell_px * scale * CORNER_SHARE) : 0;
    const other = corner > 0 ? lookOf(view.seconds[bucket]) : undefined;
    for (let row = Math.round(y * scale); row < y_end; row++) {
      const line = row * width;
      const corner_from = other === undefined ? x_end : x_end - Math.max(0, corner - (y_end - 1 - row));
      for (let at = Math.round(x * scale); at < x_end; at++) {
        if (other !== undefined && at >= corner_from) {
          if (isInked(other.style.pattern, Math.floor(at / scale), Math.floor(row / scale))) pixels[line + at] = other.pixel;
        } else if (style.pattern === 0 || isInked(style.pattern, Math.floor(at / scale), Math.floor(row / scale))) pixels[line + at] = pixel;
      }
    }
  }
  context.putImageData(image, 0, 0);
  if (cell_px >= LETTERS_FROM_PX && bucket_pages === 1) drawLetters(context, picture, lookOf);
}

function drawLetters(context: CanvasRenderingContext2D, picture: PagePicture, lookOf: (value: number) => { readonly style: PageStyle }): void {
  const { view, layout, from, to } = picture;
  context.font = `600 ${Math.round(layout.cell_px * 0.5)}px ${picture.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let page = from; page < to; page++) {
    const bucket = bucketAt(view, page);
    if (bucket < 0) continue;
    const { style } = lookOf(view.values[bucket]);
    if (style.letters === '') continue;
    const { x, y } = cornerOf(layout, from, page);
    const [red = 0, green = 0, blue = 0] = partsOf(style.colour);
    const is_dark = red * 0.299 + green * 0.587 + blue * 0.114 < 140;
    const box = layout.cell_px - 1;
    if (style.pattern !== 0) {
      // Letters on a pattern are hard to read: they get a plain ground.
      context.fillStyle = picture.background;
      context.fillRect(x + box * 0.18, y + box * 0.2, box * 0.64, box * 0.6);
      context.fillStyle = picture.text;
    } else context.fillStyle = is_dark ? '#ffffff' : '#000000';
    context.fillText(style.letters, x + box / 2, y + box / 2 + 0.5, box - 2);
  }
}

/** Frames the cell of a page. */
export function drawFrame(
  context: CanvasRenderingContext2D,
  layout: PageLayout,
  from: number,
  page: number,
  colour: string,
  ground: string,
  width: number,
): void {
  const { x, y } = cornerOf(layout, from, page);
  const size = Math.max(layout.cell_px, 5);
  context.lineWidth = width + 2;
  context.strokeStyle = ground;
  context.strokeRect(x - 1, y - 1, size + 1, size + 1);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.strokeRect(x - 1, y - 1, size + 1, size + 1);
}
