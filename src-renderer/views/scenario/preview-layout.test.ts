import { describe, expect, it } from 'vitest';
import { containersWithRoot, usesPlace } from './preview-layout.ts';

describe('who uses what', () => {
  const objects = (count: number) => ({
    objects: Array.from({ length: count }, (_, index) => ({ name: `o${index}`, kind: 'file', size_bytes: 4096, charge_to: undefined, user_count: 1 })),
  });
  it('stands where there is room for the columns', () => {
    expect(usesPlace(objects(64), 3)).toBe('objects');
    expect(usesPlace(objects(8), 64)).toBe('containers');
    expect(usesPlace(objects(64), 64)).toBe('counted');
  });

  it('is told of the root too, where its tasks use something', () => {
    const a = { path: 'A', depth: 0, limits: [], made_by_step: false, task_count: 0 };
    const preview = { ...objects(1), containers: [a], tasks: [{ name: 't', container: '.' }], step_count: 1 };
    const use = { object: 'o0', container: '.', deeds: ['read' as const], tasks: ['t'] };
    expect(containersWithRoot({ ...preview, uses: [use] })).toEqual([{ ...a, path: '.', task_count: 1 }, a]);
    expect(containersWithRoot({ ...preview, uses: [] })).toEqual([a]);
  });
});
