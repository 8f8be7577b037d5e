import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The ledger's count. Apart from the voucher, because claims write it all the time while a drop runs. */
@Entity({ name: 'voucher_stock' })
export class Stock {
  @PrimaryColumn({ name: 'voucher_id', type: 'varchar', length: 64 })
  voucherId!: string;

  @Column({ name: 'total', type: 'int' })
  total!: number;

  @Column({ name: 'issued', type: 'int' })
  issued!: number;
}
