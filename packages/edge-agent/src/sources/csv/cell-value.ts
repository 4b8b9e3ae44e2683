const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;
const LONGEST_WORD = 10;

export type CellValue =
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'fault'; readonly reason: string };

/**
 * What a cell stands for, whatever other cells hold: a number is a double, spaces around it left out; true and false, in any
 * case, are booleans; nothing or spaces are no sample; all else is a text as it stands.
 */
export function cellValue(text: string, decimal: '.' | ','): CellValue {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty' };
  if (decimal === '.' ? DECIMAL.test(trimmed) : !trimmed.includes('.') && DECIMAL.test(trimmed.replace(',', '.'))) {
    const value = Number(decimal === '.' ? trimmed : trimmed.replace(',', '.'));
    if (Number.isFinite(value)) return { kind: 'double', value };
    return { kind: 'fault', reason: 'the number is beyond the range of a double' };
  }
  if (trimmed.length <= LONGEST_WORD) {
    const word = trimmed.toLowerCase();
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
    const special = SPECIAL.exec(trimmed);
    if (special?.[2]) return { kind: 'double', value: Number.NaN };
    if (special) return { kind: 'double', value: special[1] === '-' ? -Infinity : Infinity };
  }
  return { kind: 'text', value: text };
}
