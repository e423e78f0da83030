/**
 * Messages with typed arrays as one binary frame, for a socket. Pure, so that window and host share it.
 *
 *   u32 LE   length of the JSON in bytes
 *   JSON     the message; in place of each typed array { "$array": [type, offset, length] }
 *   padding  to a multiple of 8
 *   bytes    the arrays, each at an offset that is a multiple of 8, counted from here
 *
 * A key that begins with `$` in the message itself gets one `$` more, so nothing can pass for a placeholder.
 */

const TYPES = [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array] as const;
type WireArray = InstanceType<(typeof TYPES)[number]>;

const PLACEHOLDER = '$array';
const HEADER_BYTES = 4;
const align = (size_bytes: number): number => (size_bytes + 7) & ~7;

/**
 * Encodes plain data (as structured cloning takes it, without maps, dates and bigints). Fields that are undefined are left out.
 */
export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { readonly array: WireArray; readonly offset: number }[] = [];
  let data_bytes = 0;

  const pack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(pack);
    if (ArrayBuffer.isView(value)) {
      const type = TYPES.findIndex((type) => value instanceof type);
      if (type < 0) throw new TypeError('this kind of array has no place in a frame');
      const array = value as WireArray;
      const offset = data_bytes;
      arrays.push({ array, offset });
      data_bytes = align(offset + array.byteLength);
      return { [PLACEHOLDER]: [type, offset, array.length] };
    }
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.startsWith('$') ? `$${key}` : key, pack(field)]));
  };

  const json = new TextEncoder().encode(JSON.stringify(pack(message)));
  const data_start = align(HEADER_BYTES + json.length);
  const frame = new Uint8Array(data_start + data_bytes);
  new DataView(frame.buffer).setUint32(0, json.length, true);
  frame.set(json, HEADER_BYTES);
  for (const { array, offset } of arrays) frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), data_start + offset);
  return frame;
}

/** Decodes a frame; its arrays are copies. Throws a RangeError or SyntaxError on bytes that are no frame. */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.length < HEADER_BYTES) throw new RangeError('a frame is at least four bytes long');
  const json_bytes = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0, true);
  if (json_bytes > frame.length - HEADER_BYTES) throw new RangeError('a frame ends before its JSON does');
  const data_start = align(HEADER_BYTES + json_bytes);

  const unpack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(unpack);
    const entries = Object.entries(value);
    const [first] = entries;
    if (first?.[0] === PLACEHOLDER) return unpackArray(first[1]);
    return Object.fromEntries(entries.map(([key, field]) => [key.startsWith('$') ? key.slice(1) : key, unpack(field)]));
  };

  const unpackArray = (place: unknown): WireArray => {
    const [type, offset, length] = place as [number, number, number];
    const Type = TYPES[type];
    if (Type === undefined) throw new RangeError('a frame holds an array of an unknown type');
    const from = data_start + offset;
    const size_bytes = length * Type.BYTES_PER_ELEMENT;
    if (from + size_bytes > frame.length) throw new RangeError('a frame ends before its arrays do');
    return new Type(frame.slice(from, from + size_bytes).buffer, 0, length);
  };

  return unpack(JSON.parse(new TextDecoder().decode(frame.subarray(HEADER_BYTES, HEADER_BYTES + json_bytes))));
}
