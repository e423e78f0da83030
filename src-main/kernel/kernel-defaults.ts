/** Debian’s cloud kernel of the release that runs here: small, and all that the lab needs is in it. */
export const DEFAULT_KERNEL = 'linux-image-cloud-amd64';

/** The same of other Debian releases: 6.12 and the newest. */
export const OTHER_KERNELS = ['linux-image-cloud-amd64/trixie', 'linux-image-cloud-amd64/sid'] as const;

/** Longest time of one boot where none is given. */
export const DEFAULT_TIMEOUT_MS = 15 * 60_000;
