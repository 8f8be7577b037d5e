/** The voucher module's view of those who hold units. */
export abstract class VoucherHolders {
  /** Claims on the voucher that are good and not redeemed yet; those that are on their way count. @throws the database's error */
  abstract count(voucherId: string): Promise<number>;
}
