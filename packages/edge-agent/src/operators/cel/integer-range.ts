/** Least and greatest value of an integer. */
export type IntegerRange = readonly [number, number];

/** Of what an operator makes of two integers; undefined where the divisor could be 0. */
export function rangeOf(op: string, a: IntegerRange, b: IntegerRange): IntegerRange | undefined {
  switch (op) {
    case '+':
      return [a[0] + b[0], a[1] + b[1]];
    case '-':
      return [a[0] - b[1], a[1] - b[0]];
    case '*': {
      const corners = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
      return [Math.min(...corners), Math.max(...corners)];
    }
    default: {
      if (b[0] <= 0 && b[1] >= 0) return undefined;
      const most = Math.max(Math.abs(a[0]), Math.abs(a[1]));
      return [-most, most];
    }
  }
}
