import { PAGE_SIZE_BYTES } from '../../base/ids.ts';

/*
 * Sizes and window rules of TCP as pure functions: net/ipv4/tcp.c, tcp_input.c, tcp_output.c and net/core/sock.c (6.12). Bytes where the name does not say pages.
 *
 * Of a buffer half is for payload (tcp_adv_win_scale 1, the default up to 6.5; later kernels measure it). A segment carries 1,460 bytes of payload, as on Ethernet, and
 * its buffer has a truesize of 2,304 bytes: 2,048 from the allocator and a `struct sk_buff` of 256. Shorter segments take the same.
 */

/** Payload of a full segment (`advmss`). */
export const SEGMENT_BYTES = 1_460;
/** `skb->truesize` of every segment and datagram. */
export const TRUESIZE_BYTES = 2_304;
/** `TCP_INIT_CWND`: segments of the window that a connection begins with. */
const INITIAL_WINDOW_SEGMENTS = 10;
/** The first window that a receiver offers. */
export const INITIAL_WINDOW_BYTES = INITIAL_WINDOW_SEGMENTS * SEGMENT_BYTES;
/** `SOCK_MIN_SNDBUF`: two buffers of the smallest truesize. */
export const SNDBUF_MIN_BYTES = 2 * TRUESIZE_BYTES;
/** `TCP_RTO_MIN` and `TCP_RTO_MAX`. */
export const RTO_MIN_NS = 200_000_000;
export const RTO_MAX_NS = 120_000_000_000;

/** Three thresholds or sizes: lowest, middle (the default), highest. */
export type Triple = readonly [number, number, number];

/** `tcp_init_mem()`: net.ipv4.tcp_mem in pages, from `nr_free_buffer_pages()`. */
export function tcpMemPages(free_buffer_pages: number): Triple {
  const limit = Math.max(Math.floor(free_buffer_pages / 16), 128);
  const low = Math.floor(limit / 4) * 3;
  return [low, limit, 2 * low];
}

/** Buffer space that `tcp_init()` lets one socket have: 1/128 of free memory, as bytes. */
const buffersShare = (free_buffer_pages: number): number => free_buffer_pages * 32;

/** net.ipv4.tcp_wmem. */
export const tcpWmem = (free_buffer_pages: number): Triple => [
  PAGE_SIZE_BYTES,
  16_384,
  Math.max(65_536, Math.min(4 * 2 ** 20, buffersShare(free_buffer_pages))),
];

/** net.ipv4.tcp_rmem. */
export const tcpRmem = (free_buffer_pages: number): Triple => [
  PAGE_SIZE_BYTES,
  131_072,
  Math.max(131_072, Math.min(6 * 2 ** 20, buffersShare(free_buffer_pages))),
];

/** `tcp_win_from_space()`: payload that fits into so much buffer. */
export const windowFromSpace = (space: number): number => Math.max(0, Math.floor(space / 2));

/** `sk_stream_moderate_sndbuf()`: a sender that could not have memory asks for half of what it has queued. */
export const moderatedSndbuf = (sndbuf: number, wmem_queued: number): number => Math.max(Math.min(sndbuf, Math.floor(wmem_queued / 2)), SNDBUF_MIN_BYTES);

/** What decides the window that a receiving socket offers. */
export interface Receiving {
  readonly rcv_ssthresh: number;
  readonly window_clamp: number;
  readonly rcvbuf: number;
  readonly rmem_alloc: number;
}

/** `tcp_adjust_rcv_ssthresh()`: under pressure a window is at most four segments. */
export const ssthreshUnderPressure = (rcv_ssthresh: number): number => Math.min(rcv_ssthresh, 4 * SEGMENT_BYTES);

/** How far a window may grow at most: to what is free of the receive buffer, and to the clamp. */
export const growthRoom = ({ rcv_ssthresh, window_clamp, rcvbuf, rmem_alloc }: Receiving): number =>
  Math.min(window_clamp, windowFromSpace(rcvbuf - rmem_alloc)) - rcv_ssthresh;

/**
 * `tcp_grow_window()` without pressure, after a segment of `length` bytes of payload and `truesize` has been queued: the new rcv_ssthresh. It grows by two
 * segments, or twice the length if that is more, where such segments will fit into the buffer to come.
 */
export function grownSsthresh(receiving: Receiving, length: number, truesize: number, rmem_max: number): number {
  const room = growthRoom(receiving);
  if (room <= 0 || !willFit(receiving.rcv_ssthresh, length, truesize, rmem_max)) return receiving.rcv_ssthresh;
  return receiving.rcv_ssthresh + Math.min(room, growthStep(length));
}

/** Bytes by which a window wants to grow after a segment. */
export const growthStep = (length: number): number => Math.max(2 * SEGMENT_BYTES, 2 * length);

/** Whether segments with so much overhead are worth a larger window (`__tcp_grow_window()`). */
function willFit(rcv_ssthresh: number, length: number, truesize: number, rmem_max: number): boolean {
  if (windowFromSpace(truesize) <= length) return true;
  let overhead = Math.floor(windowFromSpace(truesize) / 2);
  let window = Math.floor(windowFromSpace(rmem_max) / 2);
  for (; rcv_ssthresh <= window; overhead = Math.floor(overhead / 2), window = Math.floor(window / 2)) if (overhead <= length) return true;
  return false;
}

/**
 * `tcp_clamp_window()`: the receive buffer is full. It may grow to what is in it, up to tcp_rmem[2], where `may_grow` (not locked, no pressure, TCP as a whole at most at
 * tcp_mem[0]); where it is exceeded all the same, the window collapses to two segments. Returns the new buffer and rcv_ssthresh.
 */
export function clampedWindow(receiving: Receiving, may_grow: boolean, rmem_max: number): { rcvbuf: number; rcv_ssthresh: number } {
  const grows = may_grow && receiving.rcvbuf < rmem_max;
  const rcvbuf = grows ? Math.min(receiving.rmem_alloc, rmem_max) : receiving.rcvbuf;
  const collapses = receiving.rmem_alloc > rcvbuf;
  return { rcvbuf, rcv_ssthresh: collapses ? Math.min(receiving.window_clamp, 2 * SEGMENT_BYTES) : receiving.rcv_ssthresh };
}

/**
 * `__tcp_select_window()` without window scaling: the window to offer, in whole segments. None while free space is below one segment or a sixteenth of
 * the buffer, so that no silly little window is offered.
 */
export function selectedWindow(receiving: Receiving): number {
  const full = Math.min(receiving.window_clamp, windowFromSpace(receiving.rcvbuf));
  const free = windowFromSpace(receiving.rcvbuf - receiving.rmem_alloc);
  if (free < Math.floor(full / 2) && (free < Math.floor(full / 16) || free < SEGMENT_BYTES)) return 0;
  const offered = Math.min(free, receiving.rcv_ssthresh);
  return offered - (offered % SEGMENT_BYTES);
}
