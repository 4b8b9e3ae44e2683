import { type UcumLibrary, ucumLibrary, type UnitTree } from './library.ts';

/** The text is no unit of UCUM, or none that samples can have; the message says why. */
export class UnitError extends Error {
  override readonly name = 'UnitError';
}

/** The text is nothing that UCUM has; the message says what it writes instead, where that is known. */
export class NotUcumError extends UnitError {}

/** What values in a unit stand for. */
export interface Unit {
  /** Units that measure the same have the same: powers of base units, and of units that only compare to themselves. */
  readonly dimension: string;
  /** Base units to one of this, where values are proportional to what they stand for, or have another zero. */
  readonly scale: number;
  /** What 0 stands for, in base units: 0 unless it is a temperature, and then K from 0 Cel, which are the nearest to exact. */
  readonly zero: number;
  /** Of a unit that is neither: to base units, and from them. */
  readonly curve?: { toBase(value: number): number; fromBase(base: number): number };
}

/** How people write units, and UCUM does not. */
const inUse: Readonly<Record<string, string>> = {
  '°': 'deg',
  '°C': 'Cel',
  '°F': '[degF]',
  Nm: 'N.m',
  Wh: 'W.h',
  kWh: 'kW.h',
  'm³/h': 'm3/h',
  inch: '[in_i]',
  ppm: '[ppm]',
  psi: '[psi]',
  rpm: '{rev}/min',
  µm: 'um',
};

const KELVIN = dimensionKey({ Θ: 1 });
const ABSOLUTE_ZERO = -273.15;

/** Temperatures whose zero is not that of nature: K to a degree, and K from 0 Cel to their zero. */
const temperatures: Readonly<Record<string, { readonly scale: number; readonly zero: number }>> = {
  Cel: { scale: 1, zero: 0 },
  degF: { scale: 5 / 9, zero: -160 / 9 },
  degRe: { scale: 5 / 4, zero: 0 },
};

/** UCUM's functions of special units: from a multiple of what they are about to a value, and back. */
const functions: Readonly<Record<string, readonly [(multiple: number) => number, (value: number) => number]>> = {
  ln: [Math.log, Math.exp],
  lg: [Math.log10, (value) => 10 ** value],
  lgTimes2: [(multiple) => 2 * Math.log10(multiple), (value) => 10 ** (value / 2)],
  ld: [Math.log2, (value) => 2 ** value],
  pH: [(multiple) => -Math.log10(multiple), (value) => 10 ** -value],
  '100tan': [(angle) => 100 * Math.tan(angle), (value) => Math.atan(value / 100)],
  tanTimes100: [(angle) => 100 * Math.tan(angle), (value) => Math.atan(value / 100)],
};
/** Their functions are about angles themselves, whatever unit the table has beside. */
const ofAngles = new Set(['100tan', 'tanTimes100']);

/** Reads a unit of UCUM, in its case sensitive form. Throws a {@link UnitError}. */
export function parseUnit(text: string): Unit {
  const library = ucumLibrary();
  const { ast, magnitude, dimension, specialFunction } = read(library, text);
  const key = dimensionKey(dimension, arbitraryAtoms(ast, library));
  if (!specialFunction) return { dimension: key, scale: magnitude, zero: key === KELVIN ? ABSOLUTE_ZERO : 0 };
  if (ast.type !== 'unit' || (ast.exponent ?? 1) !== 1) {
    throw new UnitError(`"${text}" reckons with a unit whose values are not proportional to what they stand for`);
  }
  const { name, value, unit } = specialFunction;
  const prefix = prefixOf(ast, library);
  const temperature = temperatures[name];
  if (temperature) return { dimension: key, scale: temperature.scale * prefix, zero: temperature.zero };
  const pair = functions[name];
  if (!pair) throw new UnitError(`"${text}" cannot be converted here`);
  const [forward, inverse] = pair;
  const about = ofAngles.has(name) ? 1 : Number(value) * library.toCanonicalForm(unit).magnitude;
  return {
    dimension: key,
    scale: Number.NaN,
    zero: 0,
    curve: {
      toBase: (own) => inverse(own * prefix) * about,
      fromBase: (base) => forward(base / about) / prefix,
    },
  };
}

type Read = ReturnType<UcumLibrary['toCanonicalForm']> & { readonly ast: UnitTree };

function read(library: UcumLibrary, text: string): Read {
  try {
    const { ast, errors } = library.parseUnit(text);
    if (ast && errors.length === 0) return { ...library.toCanonicalForm(text), ast };
    throw new SyntaxError(errors[0]?.message);
  } catch (cause) {
    const meant = inUse[text];
    throw new NotUcumError(`"${text}" is no unit of UCUM${meant === undefined ? '' : `, which writes ${meant}`}`, {
      cause,
    });
  }
}

/** The prefix of a special unit by itself: the table's magnitude is multiplied by what the unit's function is about. */
function prefixOf({ prefix = '' }: { readonly prefix?: string }, library: UcumLibrary): number {
  return prefix === '' ? 1 : library.toCanonicalForm(`${prefix}m`).magnitude;
}

/** Powers of units that are comparable to nothing but themselves, such as `[iU]`. */
function arbitraryAtoms(tree: UnitTree, library: UcumLibrary): Record<string, number> {
  const powers: Record<string, number> = {};
  const walk = (part: UnitTree, sign: number): void => {
    if (part.type === 'binary') {
      walk(part.left, sign);
      walk(part.right, part.operator === '/' ? -sign : sign);
    } else if (part.type === 'unary') walk(part.operand, -sign);
    else if (part.type === 'group') walk(part.expression, sign);
    else if (part.type === 'unit' && library.ucum.info(part.atom).isArbitrary) {
      powers[part.atom] = (powers[part.atom] ?? 0) + sign * (part.exponent ?? 1);
    }
  };
  walk(tree, 1);
  return powers;
}

function dimensionKey(...powers: readonly Readonly<Record<string, number | undefined>>[]): string {
  const entries = powers
    .flatMap((some) => Object.entries(some))
    .filter(([, power]) => power !== undefined && power !== 0);
  return entries
    .map(([of, power]) => `${of}^${power}`)
    .sort()
    .join(' ');
}
