import type { WriteStream } from 'node:tty';
import { drawTable, type Picture, tableLine } from './table.ts';

const REDRAW_MS = 500;
const LINE_MS = 1_000;
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';

/**
 * Shows a picture on stderr until disposed: on a terminal redrawn in its place, elsewhere a line a second. Nothing is shown
 * before there is a first row.
 */
export function showPicture(picture: () => Picture, output: WriteStream = process.stderr as WriteStream): Disposable {
  const live = output.isTTY;
  const colours = live && !process.env.NO_COLOR;
  let drawn = 0;
  const draw = (): void => {
    const current = picture();
    if (current.rows.length === 0) return;
    if (!live) {
      output.write(`${tableLine(current)}\n`);
      return;
    }
    const lines = drawTable(current, { columns: output.columns, lines: output.rows, colours });
    const back = drawn > 0 ? `\u001B[${drawn}A` : '';
    output.write(`${HIDE_CURSOR}${back}${lines.map((line) => `${line}${ERASE_LINE}\n`).join('')}${ERASE_BELOW}`);
    drawn = lines.length;
  };
  const showCursor = (): void => void (live && output.write(SHOW_CURSOR));
  process.once('exit', showCursor);
  const timer = setInterval(draw, live ? REDRAW_MS : LINE_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      draw();
      showCursor();
      process.off('exit', showCursor);
    },
  };
}
