/**
 * The number by which people know an event, in the window, on the command line, in SQL and in what is written: from 1. The state in which it has just happened is the one “after event N”,
 * with N events behind it, and a seek to N shows it. Code counts events by their index, from 0.
 */
export const eventNumber = (event_index: number): number => event_index + 1;

/** Index of the event with that number; 0, where there is none before the first, is taken for the first. */
export const eventIndex = (event_number: number): number => Math.max(0, event_number - 1);
