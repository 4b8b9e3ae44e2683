import { expect, test } from 'vitest';
import { Instances } from './instances.ts';

test('an agent that was started again takes over at once, as often as it is', () => {
  const instances = new Instances();
  expect(instances.greet('a', 'first', undefined)).toBe('takes over');
  expect(instances.greet('a', 'second', 'first')).toBe('takes over');
  for (let i = 0; i < 100; i++)
    expect(instances.greet('a', `later ${i}`, i === 0 ? 'second' : `later ${i - 1}`)).toBe('takes over');
});

test('a line that broke without a word is taken over by the same process', () => {
  const instances = new Instances();
  expect(instances.greet('a', 'first', 'first')).toBe('takes over');
});

test('who was displaced and comes back while the other is there is one of two', () => {
  const instances = new Instances();
  instances.greet('a', 'second', 'first');
  expect(instances.greet('a', 'first', 'second')).toBe('conflict');
  expect(instances.greet('b', 'first', 'second')).toBe('takes over');
  // The other is stopped.
  expect(instances.greet('a', 'first', undefined)).toBe('takes over');
});

test('of agents that do not say which process they are nothing is known', () => {
  const instances = new Instances();
  instances.greet('a', '', 'first');
  expect(instances.greet('a', 'first', '')).toBe('takes over');
});
