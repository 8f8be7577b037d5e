// Written by `npm run web:types` from the OpenAPI document. Do not edit.

export interface components {
  schemas: {
    /**
     * claim.cancelled
     * @description A claim was cancelled by its holder or by the merchant; its unit returns.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.cancelled",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "cancelled",
     *         "by": "merchant",
     *         "reason": "The tea house is closed that day"
     *       }
     *     }
     */
    ClaimCancelledEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /**
         * @description who did it
         * @enum {string}
         */
        by: 'holder' | 'merchant';
        /**
         * @description the cancellation of many claims that it is part of
         * @example can_01k9z3v8f0abcdef
         */
        cancellation?: string;
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description as the merchant or the holder gave it */
        reason?: string;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'cancelled';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.cancelled';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.expired
     * @description A claim was not redeemed in time.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.expired",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "expired"
     *       }
     *     }
     */
    ClaimExpiredEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'expired';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.expired';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.held
     * @description A claim waits for its confirmation.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.held",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "held"
     *       }
     *     }
     */
    ClaimHeldEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'held';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.held';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.issued
     * @description A claim has its code. Each issued claim has this event once.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.issued",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "issued"
     *       }
     *     }
     */
    ClaimIssuedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /**
         * @description who did it
         * @enum {string}
         */
        by?: 'holder' | 'merchant';
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'issued';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.issued';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.redeemed
     * @description A claim was redeemed at the counter.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.redeemed",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "redeemed",
     *         "redemption_id": "rdm_01k9z3v8f0abcdef",
     *         "location": "Till 3"
     *       }
     *     }
     */
    ClaimRedeemedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        location?: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @example rdm_01k9z3v8f0abcdef */
        redemption_id: string;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'redeemed';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.redeemed';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.redemption_rolled_back
     * @description A redemption was taken back: the claim can be redeemed again.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.redemption_rolled_back",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "issued",
     *         "redemption_id": "rdm_01k9z3v8f0abcdef",
     *         "reason": "wrong order"
     *       }
     *     }
     */
    ClaimRedemptionRolledBackEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description as the merchant or the holder gave it */
        reason: string;
        /** @example rdm_01k9z3v8f0abcdef */
        redemption_id: string;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'issued';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.redemption_rolled_back';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.reinstated
     * @description An expired claim counts again, because its voucher was extended.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.reinstated",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "issued"
     *       }
     *     }
     */
    ClaimReinstatedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'issued';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.reinstated';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.rejected
     * @description An accepted claim found no unit left in the database, after the gate had lost data.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.rejected",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "rejected"
     *       }
     *     }
     */
    ClaimRejectedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'rejected';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.rejected';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * claim.released
     * @description A claim was not confirmed in time; its unit returns.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "claim.released",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "claim",
     *         "id": "clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "ordinal": 1,
     *         "sequence": 417,
     *         "status": "released"
     *       }
     *     }
     */
    ClaimReleasedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /** @example clm_01k9z3v8f0abcdef0001h7v2m4q8x0c5t9w1r6e3 */
        id: string;
        /** @constant */
        object: 'claim';
        /** @description counts the claims of a user on a voucher */
        ordinal: number;
        /** @description its place among all claims of the voucher */
        sequence: number;
        /**
         * @description of the claim after it
         * @constant
         */
        status: 'released';
        /**
         * @description who holds it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'claim.released';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    FaceValue: {
      /**
       * @description In minor units of the currency as defined by ISO 4217: 1500 is 15.00 CNY, 1,500 JPY or 1.500 KWD.
       * @example 1500
       */
      amount: number;
      /**
       * @description Currency code (ISO 4217).
       * @example CNY
       */
      currency: string;
    };
    Protection: {
      /** @enum {string} */
      captcha: 'none' | 'math' | 'image';
      claim_link: boolean;
    };
    /**
     * voucher.archived
     * @description The merchant put it away.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.archived",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "archived",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherArchivedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.archived';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * voucher.ended
     * @description It was ended by the merchant, or by time at `closes_at`.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.ended",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "ended",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherEndedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.ended';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    VoucherInEvent: {
      /**
       * @description Asks people who claim whether the merchant may see their contact details; they can decline. Cannot be changed after publishing.
       * @example false
       */
      asks_contact: boolean;
      cancellable_until: string | null;
      /**
       * Format: date-time
       * @example 2030-01-01T13:00:00.000Z
       */
      closes_at: string;
      /** @description null: none */
      code_pattern: string | null;
      /**
       * @description Where codes come from. `imported`: claims get codes uploaded by the merchant. `pattern`: codes are generated from `code_pattern`.
       * @example generated
       * @enum {string}
       */
      code_source: 'generated' | 'imported' | 'pattern';
      /** @enum {string} */
      confirm_by: 'user' | 'merchant';
      confirm_within_s: number | null;
      /**
       * Format: date-time
       * @example 2029-12-01T09:00:00.000Z
       */
      created_at: string;
      description: string | null;
      /**
       * @description Who may claim. `listed`: only people on its list. `token`: only people who presented a token signed by the merchant (`POST /v1/vouchers/{id}/eligibility-proofs`).
       * @example everyone
       * @enum {string}
       */
      eligibility: 'everyone' | 'listed' | 'token';
      face_value: components['schemas']['FaceValue'] | null;
      /** @example vch_01k9z3v8f0abcdef */
      id: string;
      /** @example mer_01k9z3v8f0abcdef */
      merchant_id: string;
      /**
       * @description `test`: only test keys and test shoppers of its merchant see it.
       * @example live
       * @enum {string}
       */
      mode: 'live' | 'test';
      /** @constant */
      object: 'voucher';
      /**
       * @description What the limit per user counts. `person`: people need a verified e-mail address or phone number and can take part with one account only; spellings of one mailbox (`+tag`, dots, googlemail.com) count as the same person. Cannot be changed after publishing.
       * @example account
       * @enum {string}
       */
      one_per: 'account' | 'person';
      /**
       * Format: date-time
       * @example 2030-01-01T12:00:00.000Z
       */
      opens_at: string;
      per_user_limit: number;
      protection: components['schemas']['Protection'];
      redeem_from: string | null;
      redeem_until: string | null;
      /**
       * @description What people must have verified before they can claim. Cannot be changed after publishing.
       * @example none
       * @enum {string}
       */
      requires: 'none' | 'verified_email' | 'verified_phone';
      rollback_within_s: number;
      /** @enum {string} */
      status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
      /** @example Asia/Shanghai */
      time_zone: string;
      title: string;
      total_stock: number;
      /** @description Increases by one with every change. */
      version: number;
      /** @description Units that will be added to `total_stock` at fixed times, and those that already were. */
      waves: components['schemas']['Wave'][];
    };
    /**
     * voucher.opened
     * @description The window of a scheduled voucher has begun.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.opened",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "live",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherOpenedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.opened';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * voucher.paused
     * @description The merchant paused it.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.paused",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "paused",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherPausedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.paused';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * voucher.published
     * @description A draft was published.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.published",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "scheduled",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherPublishedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.published';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * voucher.resumed
     * @description The merchant resumed it.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.resumed",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "live",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherResumedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.resumed';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * voucher.stock_adjusted
     * @description Units were added or taken away; `total_stock` is what there are now.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.stock_adjusted",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "live",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z",
     *         "adjustment": {
     *           "number": 1,
     *           "delta": 100,
     *           "reason": "more seats in the afternoon"
     *         }
     *       }
     *     }
     */
    VoucherStockAdjustedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        adjustment: {
          /** @description units added; below 0 taken away */
          delta: number;
          /** @description of the entry in the stock ledger */
          number: number;
          reason: string;
        };
        /**
         * @description Asks people who claim whether the merchant may see their contact details; they can decline. Cannot be changed after publishing.
         * @example false
         */
        asks_contact: boolean;
        cancellable_until: string | null;
        /**
         * Format: date-time
         * @example 2030-01-01T13:00:00.000Z
         */
        closes_at: string;
        /** @description null: none */
        code_pattern: string | null;
        /**
         * @description Where codes come from. `imported`: claims get codes uploaded by the merchant. `pattern`: codes are generated from `code_pattern`.
         * @example generated
         * @enum {string}
         */
        code_source: 'generated' | 'imported' | 'pattern';
        /** @enum {string} */
        confirm_by: 'user' | 'merchant';
        confirm_within_s: number | null;
        /**
         * Format: date-time
         * @example 2029-12-01T09:00:00.000Z
         */
        created_at: string;
        description: string | null;
        /**
         * @description Who may claim. `listed`: only people on its list. `token`: only people who presented a token signed by the merchant (`POST /v1/vouchers/{id}/eligibility-proofs`).
         * @example everyone
         * @enum {string}
         */
        eligibility: 'everyone' | 'listed' | 'token';
        face_value: components['schemas']['FaceValue'] | null;
        /** @example vch_01k9z3v8f0abcdef */
        id: string;
        /** @example mer_01k9z3v8f0abcdef */
        merchant_id: string;
        /**
         * @description `test`: only test keys and test shoppers of its merchant see it.
         * @example live
         * @enum {string}
         */
        mode: 'live' | 'test';
        /** @constant */
        object: 'voucher';
        /**
         * @description What the limit per user counts. `person`: people need a verified e-mail address or phone number and can take part with one account only; spellings of one mailbox (`+tag`, dots, googlemail.com) count as the same person. Cannot be changed after publishing.
         * @example account
         * @enum {string}
         */
        one_per: 'account' | 'person';
        /**
         * Format: date-time
         * @example 2030-01-01T12:00:00.000Z
         */
        opens_at: string;
        per_user_limit: number;
        protection: components['schemas']['Protection'];
        redeem_from: string | null;
        redeem_until: string | null;
        /**
         * @description What people must have verified before they can claim. Cannot be changed after publishing.
         * @example none
         * @enum {string}
         */
        requires: 'none' | 'verified_email' | 'verified_phone';
        rollback_within_s: number;
        /** @enum {string} */
        status: 'draft' | 'scheduled' | 'live' | 'paused' | 'ended' | 'archived';
        /** @example Asia/Shanghai */
        time_zone: string;
        title: string;
        total_stock: number;
        /** @description Increases by one with every change. */
        version: number;
        /** @description Units that will be added to `total_stock` at fixed times, and those that already were. */
        waves: components['schemas']['Wave'][];
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.stock_adjusted';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * voucher.updated
     * @description Its terms were changed after publication.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "voucher.updated",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "voucher",
     *         "mode": "live",
     *         "id": "vch_01k9z3v8f0abcdef",
     *         "merchant_id": "mer_01k9z3v8f0abcdef",
     *         "title": "Half price oolong",
     *         "description": "One pot of any oolong, weekdays only.",
     *         "status": "live",
     *         "total_stock": 1000,
     *         "per_user_limit": 1,
     *         "opens_at": "2030-01-01T12:00:00.000Z",
     *         "closes_at": "2030-01-01T13:00:00.000Z",
     *         "redeem_from": "2030-01-02T00:00:00.000Z",
     *         "redeem_until": "2031-01-01T00:00:00.000Z",
     *         "rollback_within_s": 900,
     *         "cancellable_until": "2030-06-01T00:00:00.000Z",
     *         "confirm_within_s": 900,
     *         "confirm_by": "user",
     *         "time_zone": "Asia/Shanghai",
     *         "face_value": {
     *           "amount": 1500,
     *           "currency": "CNY"
     *         },
     *         "protection": {
     *           "claim_link": false,
     *           "captcha": "none"
     *         },
     *         "waves": [
     *           {
     *             "at": "2030-01-01T12:30:00.000Z",
     *             "units": 100,
     *             "released": false
     *           }
     *         ],
     *         "eligibility": "everyone",
     *         "code_source": "generated",
     *         "code_pattern": null,
     *         "requires": "none",
     *         "one_per": "account",
     *         "asks_contact": false,
     *         "version": 2,
     *         "created_at": "2029-12-01T09:00:00.000Z"
     *       }
     *     }
     */
    VoucherUpdatedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: components['schemas']['VoucherInEvent'];
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'voucher.updated';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    /**
     * waiting_list.offered
     * @description Somebody in the waiting list of a sold-out voucher may now take a unit.
     * @example {
     *       "id": "evt_h7v2m4q8x0c5t9w1r6e3k2x9p0",
     *       "type": "waiting_list.offered",
     *       "version": 1,
     *       "created_at": "2030-01-01T12:00:00.041Z",
     *       "data": {
     *         "object": "waiting_list_entry",
     *         "id": "wle_01k9z3v8f0abcdef0001",
     *         "voucher_id": "vch_01k9z3v8f0abcdef",
     *         "user_id": "usr_01k9z3v8f0000000",
     *         "status": "offered",
     *         "offered_until": "2030-01-01T12:10:00.000Z"
     *       }
     *     }
     */
    WaitingListOfferedEvent: {
      /**
       * Format: date-time
       * @description when it happened
       * @example 2030-01-01T12:00:00.041Z
       */
      created_at: string;
      data: {
        /**
         * @description of the place in the list
         * @example wle_01k9z3v8f0abcdef0001
         */
        id: string;
        /** @constant */
        object: 'waiting_list_entry';
        /**
         * Format: date-time
         * @description until then it can be accepted
         * @example 2030-01-01T12:00:00.041Z
         */
        offered_until: string;
        /** @constant */
        status: 'offered';
        /**
         * @description who may accept it
         * @example usr_01k9z3v8f0000000
         */
        user_id: string;
        /** @example vch_01k9z3v8f0abcdef */
        voucher_id: string;
      };
      /** @description the same whenever the event is sent again: take each id once */
      id: string;
      /** @constant */
      type: 'waiting_list.offered';
      /**
       * @description of this type’s data
       * @constant
       */
      version: 1;
    };
    Wave: {
      /**
       * Format: date-time
       * @example 2030-01-01T12:30:00.000Z
       */
      at: string;
      released: boolean;
      /** @example 100 */
      units: number;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}

/** Events by their type; what each is for stands in docs/reference/events.md. */
export interface Events {
  'claim.held': components['schemas']['ClaimHeldEvent'];
  'claim.released': components['schemas']['ClaimReleasedEvent'];
  'claim.issued': components['schemas']['ClaimIssuedEvent'];
  'claim.rejected': components['schemas']['ClaimRejectedEvent'];
  'claim.redeemed': components['schemas']['ClaimRedeemedEvent'];
  'claim.redemption_rolled_back': components['schemas']['ClaimRedemptionRolledBackEvent'];
  'claim.expired': components['schemas']['ClaimExpiredEvent'];
  'claim.reinstated': components['schemas']['ClaimReinstatedEvent'];
  'claim.cancelled': components['schemas']['ClaimCancelledEvent'];
  'waiting_list.offered': components['schemas']['WaitingListOfferedEvent'];
  'voucher.published': components['schemas']['VoucherPublishedEvent'];
  'voucher.opened': components['schemas']['VoucherOpenedEvent'];
  'voucher.paused': components['schemas']['VoucherPausedEvent'];
  'voucher.resumed': components['schemas']['VoucherResumedEvent'];
  'voucher.ended': components['schemas']['VoucherEndedEvent'];
  'voucher.archived': components['schemas']['VoucherArchivedEvent'];
  'voucher.updated': components['schemas']['VoucherUpdatedEvent'];
  'voucher.stock_adjusted': components['schemas']['VoucherStockAdjustedEvent'];
}
export type EventType = keyof Events;
export type EventOf<Type extends EventType> = Events[Type];
export type VoucherConnectEvent = Events[EventType];
