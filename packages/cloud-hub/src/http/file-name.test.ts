import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { attachment } from './file-name.ts';

test.each([
  ['lab/press-1/temperature', 'lab-press-1-temperature'],
  ['lab/m%2F1/ünïcödé "x"', 'lab-m_1-_n_c_d_x_'],
  ['../../etc/passwd', 'etc-passwd'],
  ['§', 'samples'],
  [`lab/${'x'.repeat(300)}/temperature`, `${'x'.repeat(108)}-temperature`],
])('%s is saved as %s', (series, name) => {
  expect(attachment(series, 'csv')).toBe(`attachment; filename="${name}.csv"`);
});

test('no path breaks out of the header or of a folder', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('.', '/', '-', '%2F', 'a', '"', '\n', '\0', '\\', 'ü', '💧'), maxLength: 150 }),
      (series) => {
        expect(attachment(series, 'parquet')).toMatch(/^attachment; filename="\w[\w.-]{0,119}\.parquet"$/);
      },
    ),
  );
});
