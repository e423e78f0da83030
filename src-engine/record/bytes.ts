/** Longest varint of 32 bits. */
const GAP_BYTES_MAX = 5;

/** Writes integers into a buffer that grows. Little-endian. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** Room for `size` more bytes: returns where they go, for callers that fill planes themselves. The array is good until the next call. */
  reserve(size: number): Uint8Array {
    this.#ensure(size);
    this.#length += size;
    return this.#bytes.subarray(this.#length - size, this.#length);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
  }

  u8(value: number): void {
    this.#ensure(1);
    this.#bytes[this.#length++] = value;
  }

  /** An integer from 0 to 2^53 as a varint. */
  uint(value: number): void {
    this.#ensure(8);
    let rest = value;
    while (rest >= 0x80) {
      // Above 31 bits, `&` would cut the value: divide instead.
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Ascending integers, each as the number of those left out before it, as varints. */
  gaps(values: Uint32Array): void {
    this.#ensure(GAP_BYTES_MAX * values.length);
    const bytes = this.#bytes;
    let length = this.#length;
    let next = 0;
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      let gap = value - next;
      next = value + 1;
      for (; gap >= 0x80; gap >>>= 7) bytes[length++] = gap | 0x80;
      bytes[length++] = gap;
    }
    this.#length = length;
  }

  /** An integer from −2^52 to 2^52, folded. */
  int(value: number): void {
    this.uint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** What was written, good until the writer is used again. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  #ensure(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    larger.set(this.bytes());
    this.#bytes = larger;
  }
}

/** Reads what ByteWriter wrote. Past the end it reads zeros and sets `overrun`, so that a reader checks once, at its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  overrun = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next `size` bytes, not copied; empty past the end. */
  take(size: number): Uint8Array {
    if (size > this.remaining) {
      this.overrun = true;
      return new Uint8Array(0);
    }
    this.#offset += size;
    return this.#bytes.subarray(this.#offset - size, this.#offset);
  }

  u8(): number {
    if (this.#offset >= this.#bytes.length) {
      this.overrun = true;
      return 0;
    }
    return this.#bytes[this.#offset++];
  }

  uint(): number {
    let value = 0;
    let scale = 1;
    for (let size = 0; size < 8; size++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    this.overrun = true;
    return 0;
  }

  int(): number {
    const folded = this.uint();
    return folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
  }

  /** A count of things of which each takes at least one byte: more than there are bytes left is damage, read as 0. */
  count(): number {
    const value = this.uint();
    if (value <= this.remaining) return value;
    this.overrun = true;
    return 0;
  }
}
