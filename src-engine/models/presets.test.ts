import { describe, expect, it } from 'vitest';
import { AXES } from '../scenario/schema.ts';
import { AXIS_NAMES, PRESETS, resolveModel } from './presets.ts';

describe('resolveModel', () => {
  it('knows every preset by name, and its choices on all axes', () => {
    for (const preset of PRESETS) {
      const model = resolveModel(preset.id);
      expect(model.ok && model.value.axes).toEqual(preset.axes);
      expect(model.ok && model.value.id).toBe(preset.id);
      for (const axis of AXIS_NAMES) expect(AXES[axis]).toContain(preset.axes[axis]);
    }
  });

  it('composes a model from axes and names it the same however it is written', () => {
    const model = resolveModel('removal=free, pages=rss');
    expect(model.ok && model.value).toMatchObject({ id: 'pages=rss,removal=free', axes: { pages: 'rss', kernel: 'none', removal: 'free' } });
  });

  it.each([
    ['statik', 'unknown-model', 'static'],
    ['page=static', 'unknown-axis', 'pages'],
    ['pages=sttic', 'unknown-policy', 'static'],
    ['pages=static,kernel=objcg', 'unknown-policy', 'none'],
    ['pages=static,removal=zombie', 'unknown-policy', 'reparent'],
  ])('refuses %s with %s and says what is known', (text, code, known) => {
    const model = resolveModel(text);
    expect(model.ok).toBe(false);
    if (model.ok) return;
    expect(model.errors[0]?.code).toBe(code);
    expect(model.errors[0]?.remedy).toContain(known);
  });
});
