import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIST_COUNT, LruLists } from './lru.ts';

const FRAME_COUNT = 8;
const LRUVEC_COUNT = 20;

/** Frames of a list from head to tail. */
function framesOf(lru: LruLists, lruvec: number, list: number): number[] {
  const frames: number[] = [];
  lru.walk(lruvec, list, (frame) => frames.unshift(frame));
  return frames;
}

describe('LruLists', () => {
  it('adds at the head and takes from the tail', () => {
    const lru = new LruLists(FRAME_COUNT);
    for (const frame of [0, 1, 2]) lru.add(frame, 0, 2);
    expect(framesOf(lru, 0, 2)).toEqual([2, 1, 0]);
    expect(lru.tail(0, 2)).toBe(0);
    expect(lru.towardsHead(0)).toBe(1);
    expect(lru.towardsHead(2)).toBe(-1);
    expect(lru.tail(0, 1)).toBe(-1);
  });

  it('keeps its lists when it makes room for more lruvecs', () => {
    const lru = new LruLists(FRAME_COUNT);
    lru.add(3, 15, 1);
    lru.add(4, 15, 1);
    lru.ensure(100);
    lru.add(5, 99, 3);
    expect(framesOf(lru, 15, 1)).toEqual([4, 3]);
    expect(framesOf(lru, 99, 3)).toEqual([5]);
  });

  it('leaves nothing of a page on the frame that it was carried from', () => {
    const lru = new LruLists(FRAME_COUNT);
    lru.hold(2, 70, 1);
    lru.changeMapcount(2, 1);
    lru.carry(2, 5);
    expect([lru.pageOf(5), lru.mapcountOf(5)]).toEqual([70, 1]);
    expect([lru.pageOf(2), lru.mapcountOf(2)]).toEqual([-1, 0]);
  });

  it('agrees with plain arrays whatever is done to it', () => {
    const lists = fc.record({ frame: fc.nat(FRAME_COUNT - 1), lruvec: fc.nat(LRUVEC_COUNT - 1), list: fc.nat(LIST_COUNT - 1), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 60 }), (operations) => {
        const lru = new LruLists(FRAME_COUNT);
        lru.ensure(LRUVEC_COUNT);
        const plain = new Map<string, number[]>();
        const place = new Map<number, string>();
        const drop = (frame: number): void => {
          const key = place.get(frame);
          if (key === undefined) return;
          lru.remove(frame);
          plain.set(
            key,
            (plain.get(key) ?? []).filter((other) => other !== frame),
          );
          place.delete(frame);
        };
        for (const { frame, lruvec, list, remove } of operations) {
          drop(frame);
          if (remove) continue;
          lru.add(frame, lruvec, list);
          plain.set(`${lruvec} ${list}`, [frame, ...(plain.get(`${lruvec} ${list}`) ?? [])]);
          place.set(frame, `${lruvec} ${list}`);
        }
        for (const [key, frames] of plain) {
          const [lruvec = 0, list = 0] = key.split(' ').map(Number);
          expect(framesOf(lru, lruvec, list)).toEqual(frames);
          expect(lru.pages(lruvec, list)).toBe(frames.length);
        }
      }),
    );
  });
});
