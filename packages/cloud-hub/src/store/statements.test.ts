import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openDatabase } from './database.ts';
import { prepareStatements } from './statements.ts';

test('every statement fits the schema, though each is prepared only when it is used', () => {
  using folder = temporaryFolder();
  const database = openDatabase(folder.path);
  const sources = Object.values(prepareStatements(database)).map(({ source }) => source);
  expect(sources.length).toBeGreaterThan(30);
  database.close();
});

test('a statement is prepared once', () => {
  using folder = temporaryFolder();
  const database = openDatabase(folder.path);
  const statements = prepareStatements(database);
  expect(statements.hot).toBe(statements.hot);
  database.close();
});
