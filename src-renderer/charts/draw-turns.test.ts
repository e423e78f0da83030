import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { drawInTurn, drawNoMore } from './draw-turns.ts';

/** Frames that are asked for, drawn when the test says so; and a clock that only drawing moves. */
let frames: (() => void)[] = [];
let now_ms = 0;
beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => frames.push(draw));
  vi.spyOn(performance, 'now').mockImplementation(() => now_ms);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
function frame(): void {
  const asked = frames.splice(0);
  expect(asked.length).toBe(1);
  for (const draw of asked) draw();
}

describe('drawing in turns', () => {
  it('draws before the next frame, once, in the order asked for', () => {
    const seen: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => () => void seen.push(name));
    for (const draw of [a, b, a]) drawInTurn(draw);
    expect(seen).toEqual([]);
    frame();
    expect(seen).toEqual(['a', 'b']);
    expect(frames).toEqual([]);
  });

  it('leaves for the next frame what finds no room in this one', () => {
    const seen: string[] = [];
    const slow = ['a', 'b'].map((name) => () => {
      now_ms += 40;
      seen.push(name);
    });
    for (const draw of slow) drawInTurn(draw);
    frame();
    expect(seen).toEqual(['a']);
    frame();
    expect(seen).toEqual(['a', 'b']);
    expect(frames).toEqual([]);
  });

  it('begins nothing behind another that took longer the last time than is left of the frame, or that was never drawn', () => {
    const seen: string[] = [];
    const short = (): void => {
      now_ms += 6;
      seen.push('short');
    };
    const long = (): void => {
      now_ms += seen.length > 2 ? 3 : 8;
      seen.push('long');
    };
    for (const expected of [['short'], ['short', 'long'], ['short', 'long', 'short'], ['short', 'long', 'short', 'long']]) {
      if (frames.length === 0) for (const draw of [short, long]) drawInTurn(draw);
      frame();
      expect(seen).toEqual(expected);
    }
    // Now it is known to be short.
    for (const draw of [short, long]) drawInTurn(draw);
    frame();
    expect(seen.slice(4)).toEqual(['short', 'long']);
  });

  it('draws what a drawing asks for in the next frame, and nothing that is not wanted any more', () => {
    const seen: string[] = [];
    const gone = (): void => void seen.push('gone');
    drawInTurn(() => drawInTurn(() => seen.push('again')));
    drawInTurn(gone);
    drawNoMore(gone);
    frame();
    expect(seen).toEqual([]);
    frame();
    expect(seen).toEqual(['again']);
  });
});
