/** `values_close()` of the kernel's cgroup selftests: off by at most `percent` of the sum of both. */
export const close = (a: number, b: number, percent: number): boolean => Math.abs(a - b) <= Math.floor((a + b) / 100) * percent;
