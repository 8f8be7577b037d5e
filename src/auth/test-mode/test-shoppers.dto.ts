import { z } from 'zod';
import { plainText } from '../../http/validation/validation.js';

export const testShopperBody = z
  .strictObject({
    name: plainText(1, 200).default('Test shopper'),
    email_verified: z.boolean().default(true).meta({ description: 'Treats the e-mail address as verified.' }),
    phone_verified: z
      .boolean()
      .default(true)
      .meta({ description: 'Treats the shopper as having a verified phone number.' }),
  })
  .optional()
  .meta({ id: 'TestShopperRequest', examples: [{ name: 'Lin Yue', phone_verified: false }] });

export type TestShopperBody = z.output<typeof testShopperBody>;
