import { z } from 'zod';
import { plainText } from '../../http/validation/validation.js';

export const testShopperBody = z
  .strictObject({
    name: plainText(1, 200).default('Test shopper'),
    email_verified: z.boolean().default(true).meta({ description: 'as if the e-mail address were verified' }),
    phone_verified: z.boolean().default(true).meta({ description: 'as if a phone number were verified' }),
  })
  .optional()
  .meta({ id: 'TestShopperRequest', examples: [{ name: 'Lin Yue', phone_verified: false }] });

export type TestShopperBody = z.output<typeof testShopperBody>;
