import { z } from 'zod';
import { ADDRESS, type Address, parseAddress } from './address-text.ts';
import { textOf } from './text-of.ts';

const expected = 'is not an address: write 127.0.0.1:8094 or [::1]:8094';

/** An address in a configuration: text such as `127.0.0.1:8094` in, host and port out. */
export const address = textOf(expected)
  .transform((text, context): Address => {
    const parsed = parseAddress(text);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: `'${text}' ${expected}` });
    return z.NEVER;
  })
  .meta({ unit: 'address', pattern: ADDRESS.source, written: ['127.0.0.1:8094', '[::1]:8094'] });
