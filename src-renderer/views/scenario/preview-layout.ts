import type { PreviewContainer, ScenarioPreview } from '../../../src-main/lab/contract.ts';

/** Columns of names that half a small window has room for. */
const COLUMNS_MAX = 8;

/** Where it stands who uses what: beside each object, a column for each container; beside each container, a column for each object; or, where there are many of both, counted beside each object. */
export type UsesPlace = 'objects' | 'containers' | 'counted';
/** Where there is room for it. `user_count`: containers that use any object. */
export function usesPlace({ objects }: Pick<ScenarioPreview, 'objects'>, user_count: number): UsesPlace {
  if (user_count <= COLUMNS_MAX) return 'objects';
  return objects.length <= COLUMNS_MAX ? 'containers' : 'counted';
}

const ROOT = '.';

/** The containers of the preview; before them the root, where its tasks use something. */
export function containersWithRoot({ containers, uses, tasks }: ScenarioPreview): readonly PreviewContainer[] {
  if (!uses.some(({ container }) => container === ROOT)) return containers;
  const task_count = tasks.filter(({ container }) => container === ROOT).length;
  return [{ path: ROOT, depth: 0, limits: [], made_by_step: false, task_count }, ...containers];
}
