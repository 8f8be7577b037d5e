import type { components, paths } from './schema.js';

/** The shapes of the API by the names that pages use. All of them come from the generated schema. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Paths that have a method. */
export type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];

export type OperationOf<P extends keyof paths, M extends Method> =
  paths[P] extends Record<M, infer O> ? O : never;

type Good = 200 | 201 | 202 | 204;
type JsonOf<R> = R extends { content: { 'application/json': infer B } } ? B : undefined;

/** What an operation answers when it does what it was asked. */
export type AnswerOf<O> = O extends { responses: infer R }
  ? { [S in keyof R]: S extends Good ? JsonOf<R[S]> : never }[keyof R]
  : never;

export type BodyOf<O> = O extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { 'application/json': infer J } }
    ? J
    : undefined
  : undefined;

export type PathParametersOf<O> = O extends { parameters: { path: infer P } } ? P : undefined;
export type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : undefined;

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type ProblemCode = Problem['code'];
export type FieldProblem = Schemas['FieldProblem'];

export type AuditEntry = Schemas['AuditEntry'];
export type AuditEntryList = Schemas['AuditEntryList'];

export type Voucher = Schemas['Voucher'];
export type VoucherList = Schemas['VoucherList'];
export type VoucherStatus = Voucher['status'];
export type Availability = Schemas['Availability'];
export type AvailabilityList = Schemas['AvailabilityList'];
export type Claim = Schemas['Claim'];
export type ClaimList = Schemas['ClaimList'];
export type ClaimStatus = Claim['status'];
export type WaitingListEntry = Schemas['WaitingListEntry'];
export type Captcha = Schemas['Captcha'];
export type User = Schemas['User'];
export type VoucherSummary = Schemas['VoucherSummary'];
export type VoucherAudit = Schemas['Audit'];
export type MerchantClaimList = Schemas['MerchantClaimList'];
export type Cancellation = Schemas['Cancellation'];
export type Redemption = Schemas['Redemption'];
export type RedemptionPreview = Schemas['RedemptionPreview'];
export type RedemptionReference = Schemas['RedemptionReference'];

export type Instance = Schemas['Instance'];
export type SystemState = Schemas['SystemStatus'];
export type Block = Schemas['Block'];
export type DeadLetter = Schemas['DeadLetter'];
