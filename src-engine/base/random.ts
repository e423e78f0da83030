/** One round of the splitmix32 mixer: spreads every bit of `value` over all 32 of the result. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** A seed for one of many independent streams, from a seed and numbers that tell the streams apart. 32 bits. */
export function mixSeed(seed: number, ...numbers: readonly number[]): number {
  let mixed = mix(seed + 0x9e3779b9);
  for (const number of numbers) mixed = mix(mixed ^ mix(number + 0x9e3779b9));
  return mixed;
}

const rotateLeft = (word: number, count: number): number => (word << count) | (word >>> (32 - count));

/** The generator of every random choice: xoshiro128** (Blackman and Vigna). The same seed gives the same words on every machine. */
export class Random {
  /** Four words, never all zero. Typed, so that the engine keeps them unboxed. */
  private readonly state: Uint32Array;

  /** `seed`: 32 bits count. */
  constructor(seed: number) {
    this.state = Uint32Array.from([1, 2, 3, 4], (stream) => mixSeed(seed, stream));
    if (this.state.every((word) => word === 0)) this.state[0] = 1;
  }

  /** Fills `words[0..count)` with uniform 32-bit words. */
  fill(words: Uint32Array, count: number): void {
    let s0 = this.state[0] ?? 0;
    let s1 = this.state[1] ?? 0;
    let s2 = this.state[2] ?? 0;
    let s3 = this.state[3] ?? 0;
    for (let index = 0; index < count; index += 1) {
      words[index] = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9);
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = rotateLeft(s3, 11);
    }
    this.state[0] = s0;
    this.state[1] = s1;
    this.state[2] = s2;
    this.state[3] = s3;
  }
}
