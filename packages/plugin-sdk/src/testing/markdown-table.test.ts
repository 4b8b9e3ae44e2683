import { expect, test } from 'vitest';
import { markdownTable } from './markdown-table.ts';

test('samples as a table, with the columns that are used', () => {
  expect(markdownTable("0s a/t 20.5 Cel ?\ntick 1s\n1s a/mode 'on|off' r1 @alarm\n2s a/t -")).toBe(
    [
      '| time | series | value | unit |  |',
      '| --- | --- | --- | --- | --- |',
      '| 0s | `a/t` | `20.5` | `Cel` | uncertain |',
      '| tick 1s |  |  |  |  |',
      "| 1s | `a/mode` | `'on\\|off'` |  | revision 1, alarm lane |",
      '| 2s | `a/t` |  | `Cel` | dropped before |',
    ].join('\n'),
  );
  expect(markdownTable('0s a 1')).toBe('| time | series | value |\n| --- | --- | --- |\n| 0s | `a` | `1` |');
});
