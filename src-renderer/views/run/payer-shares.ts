/**
 * The widths of payers in an object's bar, as shares of 1. The whole is the object's size, so that what nobody pays for stays empty; where containers pay for the same pages in full each,
 * and so for more than that together, it is all that is paid.
 */
export function payerShares(paid_bytes: readonly number[], size_bytes: number): readonly number[] {
  const whole_bytes = Math.max(
    size_bytes,
    paid_bytes.reduce((sum, bytes) => sum + bytes, 0),
  );
  return paid_bytes.map((bytes) => (whole_bytes === 0 ? 0 : bytes / whole_bytes));
}
