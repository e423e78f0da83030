import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from './wire.ts';

const array = fc.oneof(
  fc.uint8Array(),
  fc.int8Array(),
  fc.uint16Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
);
const key = fc.oneof(fc.string(), fc.constantFrom('$array', '$', '$$array', '__proto__')).filter((name) => name !== '__proto__');
const message = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.integer(), fc.boolean(), fc.constant(null), array, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
})).value;

describe('wire', () => {
  it('gives back what was sent, typed arrays with their types', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeFrame(encodeFrame(value))).toEqual(value);
      }),
    );
  });

  it('sends the visible part of a larger buffer only', () => {
    const whole = new Float64Array([1, 2, 3, 4]);
    expect(decodeFrame(encodeFrame({ part: whole.subarray(1, 3) }))).toEqual({ part: new Float64Array([2, 3]) });
  });

  it('refuses bytes that are no frame, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          decodeFrame(bytes);
        } catch (error) {
          expect(error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError).toBe(true);
        }
      }),
    );
  });

  it('refuses a frame that was cut', () => {
    const frame = encodeFrame({ a: new Uint32Array([1, 2, 3]) });
    expect(() => decodeFrame(frame.subarray(0, frame.length - 8))).toThrow(RangeError);
  });
});
