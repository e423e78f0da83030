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
type Fields = Record<string, unknown>;

const PLACEHOLDER = '$array';
const HEADER_BYTES = 4;
const align = (size_bytes: number): number => (size_bytes + 7) & ~7;

/**
 * Encodes plain data (as structured cloning takes it, without maps, dates and bigints). Fields that are undefined are left out.
 */
export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const arrays: { readonly array: WireArray; readonly offset: number }[] = [];
  let data_bytes = 0;

  // Copies only what holds an array or such a key: a thousand plain rows are looked through and go as they are.
  const pack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return packEach(value);
    if (ArrayBuffer.isView(value)) {
      const type = TYPES.findIndex((type) => value instanceof type);
      if (type < 0) throw new TypeError('this kind of array has no place in a frame');
      const array = value as WireArray;
      const offset = data_bytes;
      arrays.push({ array, offset });
      data_bytes = align(offset + array.byteLength);
      return { [PLACEHOLDER]: [type, offset, array.length] };
    }
    return packFields(value as Fields);
  };
  const packEach = (values: readonly unknown[]): readonly unknown[] => {
    let packed: unknown[] | undefined;
    for (const [index, value] of values.entries()) {
      const sent = pack(value);
      if (sent !== value) packed ??= values.slice();
      if (packed !== undefined) packed[index] = sent;
    }
    return packed ?? values;
  };
  const packFields = (fields: Fields): Fields => {
    let packed: [string, unknown][] | undefined;
    const keys = Object.keys(fields);
    for (const [index, key] of keys.entries()) {
      const value = fields[key];
      const sent = pack(value);
      if (sent !== value || key.startsWith('$')) packed ??= keys.slice(0, index).map((before) => [before, fields[before]]);
      packed?.push([key.startsWith('$') ? `$${key}` : key, sent]);
    }
    return packed === undefined ? fields : Object.fromEntries(packed);
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

  // What the JSON gave is nobody else's, so it is mended where it is.
  const unpack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (typeof item === 'object') value[index] = unpack(item);
      return value;
    }
    const fields = value as Fields;
    const keys = Object.keys(fields);
    if (keys[0] === PLACEHOLDER) return unpackArray(fields[PLACEHOLDER]);
    for (const key of keys) {
      const field = fields[key];
      if (typeof field === 'object') fields[key] = unpack(field);
    }
    const is_plain = !keys.some((key) => key.startsWith('$'));
    return is_plain ? fields : Object.fromEntries(keys.map((key) => [key.startsWith('$') ? key.slice(1) : key, fields[key]]));
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
