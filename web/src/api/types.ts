import type { Schemas } from '../../../clients/typescript/src/types.js';

/** The shapes of the API by the names that pages use. All of them come from the schema that our client is generated with. */
export type {
  AnswerOf,
  Method,
  OperationOf,
  PathParametersOf,
  PathWith,
} from '../../../clients/typescript/src/types.js';

export type ProblemCode = Schemas['Problem']['code'];
export type FieldProblem = Schemas['FieldProblem'];

export type StaffMember = Schemas['StaffMember'];
export type StaffInvitation = Schemas['StaffInvitation'];
export type StaffInvitationPreview = Schemas['StaffInvitationPreview'];
export type AdminUser = Schemas['AdminUser'];
export type AdminVoucher = Schemas['AdminVoucher'];
export type AdminMerchant = Schemas['AdminMerchant'];
export type Reminder = Schemas['Reminder'];
export type MailPreferences = Schemas['MailPreferences'];
export type AuditEntry = Schemas['AuditEntry'];
export type AuditEntryList = Schemas['AuditEntryList'];

export type Voucher = Schemas['Voucher'];
export type UpdateVoucher = Schemas['UpdateVoucherRequest'];
export type VoucherBudget = Schemas['VoucherBudget'];
export type MerchantCard = Schemas['MerchantCard'];
export type VoucherCodes = Schemas['VoucherCodes'];
export type Eligibility = Schemas['EligibilityOverview'];
export type MerchantProfile = Schemas['MerchantProfile'];
export type UpdateMerchant = Schemas['UpdateMerchantRequest'];
export type VoucherList = Schemas['VoucherList'];
export type VoucherStatus = Voucher['status'];
export type Availability = Schemas['Availability'];
export type AvailabilityList = Schemas['AvailabilityList'];
export type Claim = Schemas['Claim'];
export type ClaimMerchant = Schemas['ClaimMerchant'];
export type ClaimStatus = Claim['status'];
export type WaitingListEntry = Schemas['WaitingListEntry'];
export type WaitingListPlaceList = Schemas['WaitingListPlaceList'];
export type Captcha = Schemas['Captcha'];
export type User = Schemas['User'];
export type LoginSession = Schemas['LoginSession'];
export type VoucherSummary = Schemas['VoucherSummary'];
export type VoucherAudit = Schemas['Audit'];
export type MerchantClaimList = Schemas['MerchantClaimList'];
export type VoucherMessage = Schemas['VoucherMessage'];
export type Cancellation = Schemas['Cancellation'];
export type Rehearsal = Schemas['Rehearsal'];
export type Redemption = Schemas['Redemption'];
export type RedemptionPreview = Schemas['RedemptionPreview'];
export type RedemptionReference = Schemas['RedemptionReference'];

export type Instance = Schemas['Instance'];
export type SystemState = Schemas['SystemStatus'];
export type Block = Schemas['Block'];
export type DeadLetter = Schemas['DeadLetter'];
