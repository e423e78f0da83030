import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { pagesSize, type ScenarioDraft } from './scenario-draft.ts';

/** Whole pages in a number of bytes. */
export const pagesDown = (bytes: number): number => Math.max(0, Math.floor(bytes / PAGE_SIZE_BYTES));

/** With the eight bytes of its owner's pointer an object of this size is charged as one page, by every policy for kernel memory. */
const OBJECT_OF_A_PAGE_BYTES = 4088;
const DATAGRAM_BYTES = 1472;
/** What the buffer of a datagram counts as (docs/sockets.md). */
const DATAGRAM_CHARGE_BYTES = 2304;

/** Steps after which `task` holds so many pages of kernel memory. */
export function kernelSteps(draft: ScenarioDraft, task: string, pages: number): void {
  if (pages === 0) return;
  const cache = draft.object(`${task}-kernel`, { slab: OBJECT_OF_A_PAGE_BYTES, 'per-page': 1 });
  draft.step({ slab: cache, by: task, objects: pages, flags: ['held'] }, 'kernel memory, in objects of a page each');
}

/** Steps after which a socket of `container` holds so many pages of buffers: datagrams that nobody reads. */
export function socketSteps(draft: ScenarioDraft, task: string, container: string, pages: number): void {
  const datagrams = Math.floor((pages * PAGE_SIZE_BYTES) / DATAGRAM_CHARGE_BYTES);
  if (datagrams === 0) return;
  const buffer = pagesSize(Math.max(pages, 2) + 64);
  const socket = draft.object(`${task}-socket`, { socket: 'udp', receiver: container, sndbuf: buffer, rcvbuf: buffer });
  draft.step({ send: socket, by: task, size: datagrams * DATAGRAM_BYTES }, 'socket buffers: datagrams that nobody reads');
}
