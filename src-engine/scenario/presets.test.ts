import { describe, expect, it } from 'vitest';
import { resolveModel } from '../models/model.ts';
import { AXES, AXIS_NAMES } from './axes.ts';
import { PRESETS } from './presets.ts';

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

  it('drops a preset’s parameters with the policy that they are of, and keeps the others', () => {
    const model = resolveModel('memcg-v2-2015,kernel=none');
    expect(model.ok && model.value.axes.kernel).toBe('none');
    const separate = resolveModel('memcg-v2,sockets=separate,tcp=limited');
    expect(separate.ok && separate.value.parameters).toMatchObject({ tcp: 'limited', skmem: 'posted' });
    const whole = resolveModel('memcg-v2');
    expect(whole.ok && whole.value.parameters.skmem).toBe('mainline');
  });

  it.each([
    ['statik', 'unknown-model', 'static'],
    ['page=static', 'unknown-axis', 'pages'],
    ['pages=sttic', 'unknown-policy', 'static'],
    ['pages=static,kernel=objgc', 'unknown-policy', 'objcg'],
    ['pages=rss,removal=zombie', 'unknown-policy', 'free'],
    ['pages=partial,shares=eqal', 'unknown-value', 'equal'],
    ['pages=static,shares=equal', 'idle-parameter', 'partial'],
    ['memcg-v3,sockets=none', 'unknown-model', 'memcg-v2'],
    ['memcg-v2,sockets=none,sockets=unified', 'duplicate-choice', 'sockets=unified'],
  ])('refuses %s with %s and says what is known', (text, code, known) => {
    const model = resolveModel(text);
    expect(model.ok).toBe(false);
    if (model.ok) return;
    expect(model.errors[0]?.code).toBe(code);
    expect(model.errors[0]?.remedy).toContain(known);
  });

  it.each([
    ['statik', 'static'],
    ['memcg-v2,sokets=none', 'sockets'],
    ['memcg-v2,sockets=non', 'none'],
    ['memcg-v2,skmem=mainlin', 'mainline'],
  ])('names what %s is likely to stand for', (text, near) => {
    const model = resolveModel(text);
    expect(model.ok).toBe(false);
    if (!model.ok) expect(model.errors[0]?.message).toContain(`did you mean \`${near}\`?`);
  });
});
