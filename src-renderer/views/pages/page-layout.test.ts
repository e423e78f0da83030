import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellCount, cornerOf, layoutPages, pageStep, pageUnder } from './page-layout.ts';

const box = { page_count: fc.integer({ min: 1, max: 2_000_000 }), width: fc.integer({ min: 30, max: 2560 }), height: fc.integer({ min: 30, max: 1400 }) };

describe('layoutPages', () => {
  it('finds room for all pages inside the box', () => {
    fc.assert(
      fc.property(box.page_count, box.width, box.height, (page_count, width, height) => {
        const layout = layoutPages(page_count, width, height);
        const { x, y } = cornerOf(layout, 0, page_count - 1);
        expect(x + layout.cell_px).toBeLessThanOrEqual(width);
        expect(y + layout.cell_px).toBeLessThanOrEqual(height);
        expect(cellCount(layout, page_count)).toBeLessThanOrEqual(layout.columns * layout.rows);
      }),
    );
  });

  it('gives few pages large cells, and a million pages a share of one each', () => {
    expect(layoutPages(90, 400, 200)).toMatchObject({ cell_px: 28, bucket_pages: 1 });
    expect(layoutPages(1_000_000, 600, 300)).toMatchObject({ cell_px: 3, bucket_pages: 50 });
  });
});

it('the page under a point is the first of the cell that is there', () => {
  fc.assert(
    fc.property(box.page_count, box.width, box.height, fc.nat(), fc.nat(1000), (page_count, width, height, seed, from) => {
      const layout = layoutPages(page_count, width, height);
      const page = from + (seed % page_count);
      const { x, y } = cornerOf(layout, from, page);
      const under = pageUnder(layout, from, from + page_count, x + 1, y + 1);
      expect(under).toBe(page - ((page - from) % layout.bucket_pages));
    }),
  );
});

it('beside the cells there is no page', () => {
  const layout = layoutPages(10, 100, 100);
  expect(pageUnder(layout, 0, 10, 99.9, 0)).toBeUndefined();
  expect(pageUnder(layout, 0, 10, 1, 99)).toBeUndefined();
  expect(pageUnder(layout, 0, 10, -1, 1)).toBeUndefined();
});

it('keys walk pages, rows, screens, and to both ends', () => {
  const layout = { cell_px: 10, columns: 20, rows: 5, bucket_pages: 3 };
  expect(['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'x'].map((key) => pageStep(key, layout, 7, 1000))).toEqual([
    1,
    -1,
    60,
    -60,
    240,
    -240,
    -7,
    992,
    undefined,
  ]);
});
