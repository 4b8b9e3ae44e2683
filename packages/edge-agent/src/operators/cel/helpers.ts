/** What compiled code calls, where no operator of JavaScript does the same. */
export const helpers = {
  /** CEL counts code points. */
  size(text: string): number {
    let count = text.length;
    for (let i = 0; i < text.length - 1; i++) {
      if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
        count--;
        i++;
      }
    }
    return count;
  },
  date: (µs: number): Date => new Date(Math.floor(µs / 1000)),
  dayOfYear(µs: number): number {
    const date = helpers.date(µs);
    return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
  },
};
