import { describe, expect, it } from 'vitest';
import { splitTimeFilter } from '../../../src/sql/lower/time-intervals.js';
import { parseStatement } from '../../../src/sql/syntax/parse-statement.js';

function message(sql: string): string {
  try {
    parseStatement(sql);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('a statement of SQL', () => {
  it('names the token that was not expected, where it stands and what would have been taken', () => {
    expect(message('SELECT channel FROM wikipedia LIMIT 1+1')).toMatch(
      /^Received an unexpected token \[\+\] \(line \[1\], column \[38\]\), acceptable options: \[.*"OFFSET".*\]$/,
    );
  });

  it('is refused in the words of Calcite when it begins with no statement', () => {
    expect(message('SELEC 1')).toBe('Non-query expression encountered in illegal context');
    expect(message('SHOW TABLES')).toContain("Incorrect syntax near the keyword 'SHOW' at line 1, column 1.");
    expect(message('SELECT `a`')).toBe('Lexical error at line 1, column 8.  Encountered: "`" (96), after : ""');
  });

  it('binds AND stronger than OR, and IN inside of POSITION is no operator', () => {
    const { statement } = parseStatement("SELECT a OR b AND POSITION('x' IN c) = 1");
    const query = statement.kind === 'query' ? statement.query : null;
    const item = query?.kind === 'select' ? query.items[0]!.expression : null;
    expect(item).toMatchObject({ kind: 'call', name: 'OR', operands: [{ kind: 'identifier' }, { name: 'AND' }] });
  });

  it('is refused, not a crash, when it is nested too deeply', () => {
    expect(message(`SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`)).toContain('nested deeper');
  });
});

describe('bounds of __time', () => {
  it('become intervals, and the rest stays a filter', () => {
    const time = { type: 'range', column: '__time', matchValueType: 'LONG', lower: 0, upper: 1000, upperOpen: true };
    const other = { type: 'equals', column: 'a', matchValueType: 'STRING', matchValue: 'x' };
    expect(splitTimeFilter({ type: 'and', fields: [time, other] })).toEqual({
      intervals: ['1970-01-01T00:00:00.000Z/1970-01-01T00:00:01.000Z'],
      filter: other,
    });
  });
});
