/** Line of a run's attachment after which the guest's console stands; before it stands the trace. */
export const CONSOLE_HEADING = '# console of the guest';
