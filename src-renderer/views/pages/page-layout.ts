/** How pages are laid out on a canvas: cells from left to right, row under row, each of one page or of a bucket of them. */
export interface PageLayout {
  readonly cell_px: number;
  readonly columns: number;
  readonly rows: number;
  readonly bucket_pages: number;
}

/** Edges that a cell may have, in CSS pixels; below the least one its pattern and its neighbours run into each other. */
const CELL_PX = [28, 24, 20, 18, 16, 14, 12, 10, 8, 7, 6, 5, 4, 3] as const;
const LEAST_CELL_PX = 3;

/** The largest cells in which `page_count` pages find room; where even the least are too large, several pages share one. */
export function layoutPages(page_count: number, width_px: number, height_px: number): PageLayout {
  const at = (cell_px: number): PageLayout => {
    const columns = Math.max(1, Math.floor(width_px / cell_px));
    const rows = Math.max(1, Math.floor(height_px / cell_px));
    return { cell_px, columns, rows, bucket_pages: Math.max(1, Math.ceil(page_count / (columns * rows))) };
  };
  for (const cell_px of CELL_PX) {
    const layout = at(cell_px);
    if (layout.bucket_pages === 1) return layout;
  }
  return at(LEAST_CELL_PX);
}

/** Pages of the objects before one: an event's page is numbered over the whole run. `objects`: as the run left them. */
export const pagesBefore = (objects: readonly { readonly id: number; readonly page_count: number }[], object_id: number): number =>
  objects.reduce((sum, { id, page_count }) => (id < object_id ? sum + page_count : sum), 0);

/** Cells that `page_count` pages take. */
export const cellCount = ({ bucket_pages }: PageLayout, page_count: number): number => Math.ceil(page_count / bucket_pages);

/** Left upper corner of the cell that holds a page, of a layout that begins with the page `from`. */
export function cornerOf({ cell_px, columns, bucket_pages }: PageLayout, from: number, page: number): { readonly x: number; readonly y: number } {
  const cell = Math.floor((page - from) / bucket_pages);
  return { x: (cell % columns) * cell_px, y: Math.floor(cell / columns) * cell_px };
}

/** The first page of the cell under a point; undefined beside all cells, and past the page `to`. */
export function pageUnder({ cell_px, columns, bucket_pages }: PageLayout, from: number, to: number, x: number, y: number): number | undefined {
  const column = Math.floor(x / cell_px);
  if (column < 0 || column >= columns || y < 0) return undefined;
  const page = from + (Math.floor(y / cell_px) * columns + column) * bucket_pages;
  return page < to ? page : undefined;
}

/** Pages that a key moves the cursor by; undefined for keys that do not. Home and End go to the object's ends. */
export function pageStep(key: string, { columns, rows, bucket_pages }: PageLayout, page: number, page_count: number): number | undefined {
  const row = columns * bucket_pages;
  switch (key) {
    case 'ArrowRight':
      return 1;
    case 'ArrowLeft':
      return -1;
    case 'ArrowDown':
      return row;
    case 'ArrowUp':
      return -row;
    case 'PageDown':
      return row * Math.max(1, rows - 1);
    case 'PageUp':
      return -row * Math.max(1, rows - 1);
    case 'Home':
      return -page;
    case 'End':
      return page_count - 1 - page;
    default:
      return undefined;
  }
}
