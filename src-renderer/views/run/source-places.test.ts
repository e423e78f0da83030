import { expect, test } from 'vitest';
import { sourcePlaces } from './source-places.ts';

/** Line 5: a read. Lines 6 to 8: a repeat, said in line 6, of the steps in lines 7 and 8. Line 9: a step on two lines. */
const WRITTEN = [
  { line: 5, ranges: [{ from_line: 5, to_line: 5 }] },
  { line: 7, ranges: [6, 7].map((line) => ({ from_line: line, to_line: line })) },
  { line: 8, ranges: [6, 8].map((line) => ({ from_line: line, to_line: line })) },
  { line: 9, ranges: [{ from_line: 9, to_line: 10 }] },
];
const LINES = [5, 7, 8, 7, 8, 9];
const EVENTS = [2, 10, 20, 30, 40, 50];
const places = sourcePlaces(WRITTEN, LINES, EVENTS);

test('a line stands where its step begins', () => {
  expect([5, 9, 10].map((line) => places.placeOf(line, 60))).toEqual([3, 51, 51]);
  expect([4, 11].map((line) => places.placeOf(line, 60))).toEqual([undefined, undefined]);
});

test('of several times the last one that has begun counts, else the first', () => {
  expect([0, 10, 11, 30, 31, 60].map((cursor) => places.placeOf(7, cursor))).toEqual([11, 11, 11, 11, 31, 31]);
  // What a repeat says is said of all its steps.
  expect([0, 21, 31, 60].map((cursor) => places.placeOf(6, cursor))).toEqual([11, 21, 31, 41]);
});

test('a place is in the step that began last before it', () => {
  expect([0, 2, 3, 10, 11, 41, 1000].map((place) => places.lineAt(place))).toEqual([undefined, undefined, 5, 5, 7, 8, 9]);
});

test('a step that never ran has no place', () => {
  expect(sourcePlaces(WRITTEN, LINES.slice(0, 2), EVENTS.slice(0, 2)).placeOf(9, 60)).toBeUndefined();
});
