import { describe, expect, it } from 'vitest';
import { GUEST_IDS_FROM } from '../src-main/lab/guest-ids.ts';
import { filesOfRoute, nextFile } from './opened-files.ts';

const guest = (shared_id: number, run: number): number => shared_id * GUEST_IDS_FROM + run;

describe('opened files', () => {
  it('are known by the runs that a route shows', () => {
    expect(filesOfRoute({ view: 'shared', shared_id: 2 })).toEqual([2]);
    expect(filesOfRoute({ view: 'run', run_id: 7 })).toEqual([]);
    expect(filesOfRoute({ view: 'run', run_id: 7, beside_id: guest(3, 1) })).toEqual([3]);
    expect(filesOfRoute({ view: 'compare', run_ids: [1, guest(2, 1), guest(3, 1)] })).toEqual([2, 3]);
    expect(filesOfRoute({ view: 'sql', run_ids: [guest(1, 5)] })).toEqual([1]);
    expect(filesOfRoute({ view: 'library' })).toEqual([]);
  });

  it('are gone through in a ring', () => {
    expect(nextFile([1, 4, 6], 4)).toBe(6);
    expect(nextFile([1, 4, 6], 6)).toBe(1);
    expect(nextFile([1, 4, 6], 5)).toBe(1);
    expect(nextFile([1], 1)).toBe(1);
    expect(nextFile([], undefined)).toBeUndefined();
  });
});
