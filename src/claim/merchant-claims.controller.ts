import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { currentMerchant, ForMerchant } from '../auth/index.js';
import { Database } from '../platform/database/database.js';
import { Answers, Refuses } from '../platform/http/openapi.js';
import type { ListBody } from '../platform/http/validation.js';
import { RateLimited } from '../rate-limit/index.js';
import { Clock, rfc3339 } from '../shared/clock.js';
import { Problem } from '../shared/problems.js';
import { Vouchers, type VoucherView } from '../voucher/index.js';
import { Auditor } from './auditor.js';
import { ClaimStatusService } from './claim-status.service.js';
import {
  auditSchema,
  claimListSchema,
  claimsQuery,
  summarySchema,
  type ClaimBody,
  type ClaimsQuery,
} from './claim.dto.js';
import { GateKeeper } from './gate/gate-keeper.js';
import { StockGate } from './ports/stock-gate.js';

interface Totals {
  total: number;
  issued: number;
  rejected: number | string;
  users: number | string;
  first_at: number | string | null;
  last_at: number | string | null;
}

/** What a merchant sees of the claims on a voucher. Another merchant's voucher is a 404. */
@ApiTags('Vouchers: claims')
@RateLimited('status', 'user')
@Controller('vouchers/:id')
export class MerchantClaimsController {
  constructor(
    private readonly statuses: ClaimStatusService,
    private readonly vouchers: Vouchers,
    private readonly auditor: Auditor,
    private readonly gate: StockGate,
    private readonly keeper: GateKeeper,
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  @Get('claims')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({ summary: 'Claims on a voucher, newest first' })
  @Answers(200, 'A page of claims, without their codes', claimListSchema)
  @Refuses('not_found', 'validation_failed')
  async claims(
    @Param('id') id: string,
    @Query({ schema: claimsQuery }) query: ClaimsQuery,
  ): Promise<ListBody<ClaimBody>> {
    await this.own(id);
    const page = await this.statuses.ofVoucher(id, query);
    return { ...page, data: page.data.map((claim) => ({ ...claim, code: null })) };
  }

  @Get('summary')
  @ForMerchant('owner', 'editor', 'cashier')
  @ApiOperation({ summary: 'Where a voucher stands' })
  @Answers(200, 'Counts', summarySchema)
  @Refuses('not_found')
  async summary(@Param('id') id: string): Promise<z.infer<typeof summarySchema>> {
    const voucher = await this.own(id);
    const epoch = this.keeper.known;
    const [pending, remaining] = await Promise.all([
      this.gate.pendingSize(epoch, id).catch(() => ({ size: 0 })),
      this.gate.remaining(epoch, id).catch(() => undefined),
    ]);
    const [totals] = await this.db.read.query<Totals[]>(
      `SELECT s.total AS total, s.issued AS issued,
              (SELECT COUNT(*) FROM claims c WHERE c.voucher_id = s.voucher_id AND c.status = 'rejected') AS rejected,
              (SELECT COUNT(DISTINCT c.user_id) FROM claims c WHERE c.voucher_id = s.voucher_id AND c.status <> 'rejected') AS users,
              (SELECT MIN(c.issued_at) FROM claims c WHERE c.voucher_id = s.voucher_id) AS first_at,
              (SELECT MAX(c.issued_at) FROM claims c WHERE c.voucher_id = s.voucher_id) AS last_at
         FROM voucher_stock s WHERE s.voucher_id = ?`,
      [id],
    );
    const { total = 0, issued = 0, rejected = 0, users = 0, first_at = null, last_at = null } = totals ?? {};
    return {
      object: 'voucher_summary',
      voucher_id: id,
      status: voucher.status,
      total_stock: total,
      remaining: remaining ?? total - issued,
      pending: pending.size,
      issued,
      rejected: Number(rejected),
      users: Number(users),
      first_issued_at: first_at === null ? null : rfc3339(Number(first_at)),
      last_issued_at: last_at === null ? null : rfc3339(Number(last_at)),
      as_of: rfc3339(this.clock.now()),
    };
  }

  @Get('audit')
  @ForMerchant('owner')
  @ApiOperation({
    summary: 'The equations that must hold',
    description:
      'Compares gate and ledger over consistent snapshots while claims go on. `ok` means that all hold.',
  })
  @Answers(200, 'The equations with their numbers', auditSchema)
  @Refuses('not_found', 'dependency_unavailable')
  async audit(@Param('id') id: string): Promise<z.infer<typeof auditSchema>> {
    await this.own(id);
    const equations = await this.auditor.audit(id);
    return {
      object: 'audit',
      voucher_id: id,
      ok: equations.every((equation) => equation.holds),
      equations,
      as_of: rfc3339(this.clock.now()),
    };
  }

  /** @throws Problem not_found where the merchant has no such voucher */
  private async own(id: string): Promise<VoucherView> {
    const voucher = await this.vouchers.find(id);
    if (!voucher || voucher.merchantId !== currentMerchant().merchantId) throw new Problem('not_found');
    return voucher;
  }
}
