import { parseUnit, type Unit, UnitError } from './unit.ts';

/** How values of one unit become those of another: ((value + before) × factor) ÷ divisor + after, or a function where it is no line. */
export type Conversion =
  | {
      readonly kind: 'line';
      readonly before: number;
      readonly factor: number;
      readonly divisor: number;
      readonly after: number;
    }
  | { readonly kind: 'curve'; readonly convert: (value: number) => number };

/** Adding it leaves every number as it is; 0 would make 0 of -0. */
const NOTHING = -0;
/** Products of a few doubles are this near to the number that is meant. */
const PRODUCT_ERROR = 8 * Number.EPSILON;
/** Factors that are decimals by definition have no more. */
const DECIMALS = 12;

/** Throws a {@link UnitError} if a text is no unit, or if what the two measure is not the same. */
export function conversionOf(from: string, to: string): Conversion {
  const [own, other] = [parseUnit(from), parseUnit(to)];
  if (own.dimension !== other.dimension)
    throw new UnitError(`"${from}" cannot become "${to}": they measure different things`);
  if (own.curve || other.curve) return { kind: 'curve', convert: curveOf(own, other) };
  return { kind: 'line', ...scaleOf(own, other), ...shiftOf(own, other) };
}

/** Where a factor or its inverse is a short decimal, the exact one is taken: 90 s are 1.5 min, and 1 [in_i] is 25.4 mm. */
function scaleOf(from: Unit, to: Unit): { factor: number; divisor: number } {
  const factor = shortDecimal(from.scale / to.scale);
  if (factor !== undefined) return { factor, divisor: 1 };
  const divisor = shortDecimal(to.scale / from.scale);
  return divisor === undefined ? { factor: from.scale / to.scale, divisor: 1 } : { factor: 1, divisor };
}

/** Zeros may be apart as seen in either unit: in one it is a short decimal, such as the 32 of [degF]. */
function shiftOf(from: Unit, to: Unit): { before: number; after: number } {
  const apart = from.zero - to.zero;
  if (apart === 0) return { before: NOTHING, after: NOTHING };
  const before = shortDecimal(apart / from.scale);
  if (before !== undefined) return { before, after: NOTHING };
  const after = apart / to.scale;
  return { before: NOTHING, after: shortDecimal(after) ?? after };
}

function shortDecimal(number: number): number | undefined {
  const short = Number(number.toPrecision(DECIMALS));
  return Math.abs(short - number) <= PRODUCT_ERROR * Math.abs(number) ? short : undefined;
}

function curveOf(from: Unit, to: Unit): (value: number) => number {
  const toBase = from.curve ? from.curve.toBase : (value: number) => value * from.scale;
  const fromBase = to.curve ? to.curve.fromBase : (base: number) => base / to.scale;
  return (value) => fromBase(toBase(value));
}
