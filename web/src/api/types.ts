import type { components, operations, paths } from './schema.js';

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

export type Problem = components['schemas']['Problem'];
export type ProblemCode = Problem['code'];
export type FieldProblem = NonNullable<Problem['errors']>[number];

export type Voucher = AnswerOf<operations['VoucherController_find']>;
export type VoucherList = AnswerOf<operations['VoucherController_list']>;
export type VoucherStatus = Voucher['status'];
export type Availability = AnswerOf<operations['VoucherController_availability']>;
export type Claim = AnswerOf<operations['ClaimController_get']>;
export type ClaimList = AnswerOf<operations['ClaimController_mine']>;
export type ClaimStatus = Claim['status'];
export type Captcha = AnswerOf<operations['ChallengeController_captcha']>;
export type User = AnswerOf<operations['MeController_me']>;
