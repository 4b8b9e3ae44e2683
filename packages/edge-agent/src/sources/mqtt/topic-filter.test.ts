import { expect, test } from 'vitest';
import { filterFault, filterMatches } from './topic-filter.ts';

// Examples of MQTT 5, section 4.7.
test.each([
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/#', 'sport', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['#', '$SYS/uptime', false],
  ['+/uptime', '$SYS/uptime', false],
  ['$SYS/#', '$SYS/uptime', true],
  ['a/b', 'a/b', true],
  ['a/b', 'a/B', false],
  ['a/b', 'a', false],
  ['#', 'a//b', true],
])('%s, %s: %s', (filter, topic, matches) => expect(filterMatches(filter, topic)).toBe(matches));

test.each(['', 'sport#', 'sport/#/ranking', 'sport+', '+sport/a', 'a\0b', '$share/g/a'])(
  "'%s' is refused",
  (filter) => {
    expect(filterFault(filter)).toBeDefined();
  },
);
test.each(['#', '+', '+/tennis/#', 'sport/+/player1', '/', '$SYS/#', 'a b'])("'%s' is taken", (filter) => {
  expect(filterFault(filter)).toBeUndefined();
});
