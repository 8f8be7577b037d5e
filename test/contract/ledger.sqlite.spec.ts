import { describe } from '@jest/globals';
import { ownFile } from '../support/own-file.js';
import { claimArchiveContract } from './support/claim-archive.contract.js';
import { claimCodesContract } from './support/claim-codes.contract.js';
import { ledgerContract } from './support/ledger.contract.js';
import { eligibilityTokensContract } from './support/eligibility-tokens.contract.js';
import { personAccountsContract } from './support/person-accounts.contract.js';
import { testShoppersContract } from './support/test-shoppers.contract.js';

describe('on SQLite', () => {
  const own = ownFile();
  describe('the ledger', () => ledgerContract(() => own.database));
  describe('codes', () => claimCodesContract(() => own.database));
  describe('customers and their tokens', () => eligibilityTokensContract(() => own.database));
  describe('persons and their accounts', () => personAccountsContract(() => own.database));
  describe('test shoppers', () => testShoppersContract(() => own.database));
  describe('claims of archived vouchers', () => claimArchiveContract(() => own.database));
});
