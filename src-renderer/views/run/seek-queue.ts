import type { Params } from '../../../src-main/lab/contract.ts';

/** Where a seek goes, as the lab takes it. */
export type LabSeekTarget = Params<'seek'>['target'];

/** What the user asks for: a place, or a move from wherever the cursor is when its turn comes. */
export type SeekRequest =
  | { readonly event: number }
  | { readonly step: number }
  | { readonly time_ns: number }
  | { readonly by: 'event' | 'step' | 'pass' | 'notable'; readonly delta: 1 | -1 };

/** Moves kept waiting while a seek is under way; a held key asks for more than anyone can follow. Single events add up to one move, of which none is lost. */
const MOVE_COUNT_MAX = 4;

/**
 * Requests waiting while one seek is in flight. A place supersedes all that waits; moves wait in order.
 * Pure bookkeeping: the caller sends what `take` returns and calls it again when the answer is there.
 */
export interface SeekQueue {
  push(request: SeekRequest): void;
  /** The next target to send, given the cursor; undefined if nothing waits. */
  take(cursor: number, event_count: number): LabSeekTarget | undefined;
}

/** An empty queue. */
export function createSeekQueue(): SeekQueue {
  let waiting: SeekRequest[] = [];
  return {
    push(request) {
      if (!('by' in request)) waiting = [request];
      else if (request.by === 'event' || waiting.length < MOVE_COUNT_MAX) waiting.push(request);
    },
    take(cursor, event_count) {
      const request = waiting.shift();
      if (request === undefined) return undefined;
      if (!('by' in request)) return request;
      if (request.by !== 'event') return { ...request, from_event: cursor };
      // Single events need no search: those that wait become one seek, so that a held key never lags behind. A move at an end of the run goes nowhere, also where another follows it.
      const moved = (from: number, delta: number): number => Math.min(event_count, Math.max(0, from + delta));
      let event = moved(cursor, request.delta);
      while (waiting.length > 0) {
        const next = waiting[0];
        if (!('by' in next) || next.by !== 'event') break;
        event = moved(event, next.delta);
        waiting.shift();
      }
      return { event };
    },
  };
}
