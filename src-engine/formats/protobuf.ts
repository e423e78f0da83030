import { ByteWriter } from '../record/bytes.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

/** Writes a message of Protocol Buffers, field by field (encoding of proto2: protobuf.dev/programming-guides/encoding). */
export class ProtoWriter {
  readonly #out = new ByteWriter();
  readonly #text = new TextEncoder();

  /** A varint of 0 to 2^53: uint32, uint64, enum, bool, and int64 that is not negative. */
  uint(field: number, value: number): this {
    this.#tag(field, VARINT);
    this.#out.uint(value);
    return this;
  }

  /** An int64; what is negative takes ten bytes, as proto2 has it. */
  int(field: number, value: number): this {
    if (value >= 0) return this.uint(field, value);
    this.#tag(field, VARINT);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.#out.u8(Number(rest & 0x7fn) | 0x80);
    this.#out.u8(Number(rest));
    return this;
  }

  fixed64(field: number, value: number): this {
    this.#tag(field, FIXED64);
    for (let at = 0, rest = value; at < 8; at++, rest = Math.floor(rest / 256)) this.#out.u8(rest % 256);
    return this;
  }

  string(field: number, text: string): this {
    return this.#bytes(field, this.#text.encode(text));
  }

  message(field: number, inner: ProtoWriter): this {
    return this.#bytes(field, inner.bytes());
  }

  /** What was written; good until the writer is used again. */
  bytes(): Uint8Array {
    return this.#out.bytes();
  }

  #bytes(field: number, bytes: Uint8Array): this {
    this.#tag(field, LENGTH);
    this.#out.uint(bytes.length);
    this.#out.append(bytes);
    return this;
  }

  #tag(field: number, wire: number): void {
    this.#out.uint(field * 8 + wire);
  }
}
