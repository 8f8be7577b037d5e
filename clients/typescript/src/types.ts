import type { components, paths } from './schema.js';

/** What the generated types of the API say of one operation. */
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

/** A file is a Blob with its type, which is sent as the content type. */
export type BodyOf<O> = O extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { 'application/json': infer J } }
    ? J
    : NonNullable<B> extends { content: object }
      ? Blob
      : undefined
  : undefined;

export type PathParametersOf<O> = O extends { parameters: { path: infer P } } ? P : undefined;
export type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : undefined;

type Given<Name extends string, T> = [T] extends [undefined]
  ? { readonly [N in Name]?: never }
  : { readonly [N in Name]: T };
type Optional<Name extends string, T> = [T] extends [undefined]
  ? { readonly [N in Name]?: never }
  : { readonly [N in Name]?: T };

/** The parameters, the query and the body that an operation takes. */
export type InputOf<O> = Given<'params', PathParametersOf<O>> &
  Optional<'query', QueryOf<O>> &
  Optional<'body', BodyOf<O>>;

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];
export type Voucher = Schemas['Voucher'];
export type Claim = Schemas['Claim'];
