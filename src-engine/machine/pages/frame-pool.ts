/** Free frames of a contiguous range, last freed first. */
export class FramePool {
  readonly first_frame: number;
  readonly frame_count: number;
  private readonly stack: Int32Array;
  private depth: number;

  constructor(first_frame: number, frame_count: number) {
    this.first_frame = first_frame;
    this.frame_count = frame_count;
    this.stack = new Int32Array(frame_count);
    for (let at = 0; at < frame_count; at++) this.stack[at] = first_frame + frame_count - 1 - at;
    this.depth = frame_count;
  }

  get free_count(): number {
    return this.depth;
  }

  /** A free frame, −1 if there is none. */
  take(): number {
    return this.depth === 0 ? -1 : this.stack[--this.depth];
  }

  give(frame: number): void {
    this.stack[this.depth++] = frame;
  }
}
