import { describe, expect, it } from 'vitest';
import { later } from './later.ts';

/** Resolves in a task of its own, when whatever was asked for before is done. */
const done = (): Promise<void> =>
  new Promise((resolve) => {
    later(resolve);
  });

describe('work for later', () => {
  it('is done in the order asked for, each in a task of its own', async () => {
    const seen: string[] = [];
    for (const name of ['a', 'b']) {
      later(() => {
        seen.push(name);
        // Microtasks belong to the task that made them.
        void Promise.resolve().then(() => seen.push(`after ${name}`));
      });
    }
    expect(seen).toEqual([]);
    await done();
    expect(seen).toEqual(['a', 'after a', 'b', 'after b']);
  });

  it('is left undone when it is not wanted any more', async () => {
    const seen: string[] = [];
    const takeBack = later(() => seen.push('a'));
    later(() => seen.push('b'));
    takeBack();
    await done();
    takeBack();
    expect(seen).toEqual(['b']);
  });

  it('is taken back whole where it has pieces, but for those that are done', async () => {
    const seen: string[] = [];
    const takeBack = later(
      () => {
        seen.push('a');
        takeBack();
      },
      () => seen.push('b'),
      () => seen.push('c'),
    );
    later(() => seen.push('d'));
    await done();
    expect(seen).toEqual(['a', 'd']);
  });

  it('may ask for more', async () => {
    const seen: string[] = [];
    later(() => {
      seen.push('outer');
      later(() => seen.push('inner'));
    });
    later(() => seen.push('next'));
    await done();
    await done();
    expect(seen).toEqual(['outer', 'next', 'inner']);
  });
});
