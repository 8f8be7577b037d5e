export type CodePurpose = 'login' | 'proof';

/** Brings a one-time code to a phone. Without one (production without a gateway) there is no login by phone. */
export abstract class CodeSender {
  /**
   * May take long; nobody's answer waits for it.
   * @param phone E.164
   * @param ttlS seconds the code is valid
   * @param purpose what the message says that the code is for: who is asked for it on the telephone should know
   * @throws Error where the code was not accepted for delivery
   */
  abstract send(phone: string, code: string, ttlS: number, purpose: CodePurpose): Promise<void>;
}
