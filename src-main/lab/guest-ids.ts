/** Ids of guests' runs, scenarios, bookmarks and comparisons: those of the n-th opened file begin at n times this. */
export const GUEST_IDS_FROM = 1_000_000_000;

/** Whether an id is of an opened file, not of the library. Apart from the contract, whose schemas the window has no use for. */
export const isGuestId = (some_id: number): boolean => some_id >= GUEST_IDS_FROM;

/** The number of the opened file that a guest's id is of. */
export const fileOfGuest = (guest_id: number): number => Math.floor(guest_id / GUEST_IDS_FROM);
