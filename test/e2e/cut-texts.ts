import type { Locator } from 'playwright-core';

// Within the page.
declare function getComputedStyle(element: unknown): { readonly overflowX: string };

/** Texts below `place` of which a part is not shown: cut at the side, or below their last line. */
export const cutTexts = (place: Locator): Promise<readonly string[]> =>
  place
    .locator('*')
    .evaluateAll((all) =>
      all
        .filter((box) => getComputedStyle(box).overflowX !== 'visible' && (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight))
        .map((box) => box.textContent ?? ''),
    );
