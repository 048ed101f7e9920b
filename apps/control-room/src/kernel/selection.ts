import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import { COUNTED_LIVE, type Database } from './database/index.ts';
import { error } from './errors.ts';

/**
 * Which rows, in which order, which stretch of them: what a list call asks for, free of any wire's words. A domain says
 * which fields there are and what SQL stands behind each; what a caller sends only ever becomes a bound parameter.
 */
export type Filter =
  | { readonly operator: 'everything' }
  | { readonly operator: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly operator: 'not'; readonly operand: Filter }
  | { readonly operator: 'among'; readonly field: string; readonly values: readonly string[] }
  | { readonly operator: Comparison; readonly field: string; readonly value: FilterValue };

export const COMPARISONS = ['lt', 'le', 'eq', 'ne', 'ge', 'gt', 'substring', 'startswith'] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type FilterValue = string | number | boolean | null;

export interface Selection {
  readonly filter: Filter;
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  readonly offset: number;
  readonly length: number;
}

export type FieldType = 'text' | 'number' | 'instant' | 'boolean' | 'uuid';

export interface Field {
  readonly type: FieldType;
  readonly sql: RawBuilder<unknown>;
  /** How "equals" is said where an index needs it said otherwise. */
  readonly equals?: (value: string) => RawBuilder<SqlBool>;
  /** What stands for it in ORDER BY, where an index has the same order under another name. */
  readonly order?: RawBuilder<unknown>;
  /** Never null: an ordinary index serves both directions of its order. */
  readonly required?: boolean;
  /** Other spellings of a value become the stored one, such as COMPLETE for COMPLETED. */
  readonly normalise?: (value: string) => string;
}

/** By name, compared without letter case. */
export type Fields = Readonly<Record<string, Field>>;

export interface Page<Row> {
  readonly rows: Row[];
  /** What the caller may see at all. Exact up to 10,000; more were counted within the last seconds (kernel/database/counts.ts). */
  readonly total: number;
  /** What of it passes the filter; the same is true of it. */
  readonly totalFilter: number;
}

/**
 * Reads one page.
 *
 * @param before `with …` in front of the statement, for what source and visible read more than once
 * @param source the FROM clause with its joins
 * @param visible what the caller may see
 * @param columns the SELECT list
 * @param tiebreak unique, keeps pages from overlapping; also the default order, descending
 * @param mostCounted beyond it `totalFilter` is not counted
 * @param roughTotal stands for `total` where there are too many to count, as a statement's expression
 */
export async function selectPage<Row>(
  database: Database,
  query: {
    before?: RawBuilder<unknown> | undefined;
    columns: RawBuilder<unknown>;
    source: RawBuilder<unknown>;
    visible: Expression<SqlBool>;
    fields: Fields;
    tiebreak: RawBuilder<unknown> | readonly RawBuilder<unknown>[];
    mostCounted?: number;
    roughTotal?: RawBuilder<number> | undefined;
  },
  selection: Selection,
): Promise<Page<Row>> {
  const { before = sql``, columns, source, visible, fields, tiebreak, mostCounted, roughTotal } = query;
  const everything = selection.filter.operator === 'everything';
  const filter = compileFilter(selection.filter, fields);
  const order = selection.order.flatMap(({ field, descending }) => {
    const known = findField(fields, field);
    // An unknown sort field is ignored (contract b §0.6 no. 10): clients sort by columns of the vendor's page.
    if (!known) return [];
    const nulls = known.required ? '' : descending ? ' nulls last' : ' nulls first';
    return [{ descending, sql: sql`${known.order ?? known.sql} ${sql.raw((descending ? 'desc' : 'asc') + nulls)}` }];
  });
  // In the direction of the last key, so that one index serves both.
  const downwards = order.at(-1)?.descending ?? true;
  const ties = [tiebreak].flat().map((key) => sql`${key} ${sql.raw(downwards ? 'desc' : 'asc')}`);

  const numberOf = async (statement: RawBuilder<{ count: number }>): Promise<number> =>
    (await database.first(statement))?.count ?? 0;
  const countUpTo = (where: RawBuilder<SqlBool>, most: number): Promise<number> =>
    numberOf(sql`${before} select count(*) as count from (select from ${source} where ${where} limit ${most}) as few`);
  const countAll = (where: RawBuilder<SqlBool>): Promise<number> =>
    // Inside a transaction one sees one's own writes, and so counts anew.
    database.ambient()
      ? numberOf(sql`${before} select count(*) as count from ${source} where ${where}`)
      : database.counts.of(database, sql`${source} where ${where}`, before);
  const totalOf = async (where: RawBuilder<SqlBool>): Promise<number> => {
    if (!roughTotal) return countAll(where);
    const few = await countUpTo(where, COUNTED_LIVE + 1);
    return few <= COUNTED_LIVE ? few : Math.max(few, await numberOf(sql`select ${roughTotal} as count`));
  };
  const passing = sql<SqlBool>`${visible} and ${filter}`;
  const readRows = () =>
    database.all(
      sql<Row>`${before} select ${columns} from ${source} where ${passing}
        order by ${sql.join([...order.map((key) => key.sql), ...ties])} limit ${selection.length} offset ${selection.offset}`,
    );
  const readTotal = () => totalOf(sql<SqlBool>`${visible}`);
  const countPassing = async () => {
    if (everything) return undefined;
    return mostCounted === undefined ? countAll(passing) : countUpTo(passing, mostCounted);
  };
  // A transaction is one connection, which takes one statement at a time.
  const [rows, total, found] = database.ambient()
    ? [await readRows(), await readTotal(), await countPassing()]
    : await Promise.all([readRows(), readTotal(), countPassing()]);
  return { rows, total, totalFilter: found ?? Math.min(total, mostCounted ?? total) };
}

function findField(fields: Fields, name: string): Field | undefined {
  const own = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (own) return own;
  const lower = name.toLowerCase();
  const key = Object.keys(fields).find((known) => known.toLowerCase() === lower);
  return key === undefined ? undefined : fields[key];
}

function compileFilter(filter: Filter, fields: Fields): RawBuilder<SqlBool> {
  switch (filter.operator) {
    case 'everything':
      return sql<SqlBool>`true`;
    case 'and':
    case 'or': {
      if (filter.operands.length === 0) return sql<SqlBool>`true`;
      const parts = filter.operands.map((operand) => compileFilter(operand, fields));
      return sql<SqlBool>`(${sql.join(parts, sql.raw(` ${filter.operator} `))})`;
    }
    case 'not':
      return sql<SqlBool>`not coalesce(${compileFilter(filter.operand, fields)}, false)`;
    case 'among':
      return sql<SqlBool>`${knownField(fields, filter.field).sql} = any(${[...filter.values]})`;
    default:
      return compileComparison(filter.operator, knownField(fields, filter.field), filter.field, filter.value);
  }
}

function knownField(fields: Fields, name: string): Field {
  const field = findField(fields, name);
  if (field) return field;
  throw error('invalid', `There is no field "${name}" to filter by.`, {
    details: `expected one of ${Object.keys(fields).join(', ')}`,
  });
}

const SIGNS = { lt: '<', le: '<=', eq: '=', ne: 'is distinct from', ge: '>=', gt: '>' } as const;

function compileComparison(operator: Comparison, field: Field, name: string, value: FilterValue): RawBuilder<SqlBool> {
  if (value === null) {
    if (operator === 'eq') return sql<SqlBool>`${field.sql} is null`;
    if (operator === 'ne') return sql<SqlBool>`${field.sql} is not null`;
    throw error('invalid', `The filter on "${name}" has no value.`);
  }
  if (operator === 'substring' || operator === 'startswith') {
    const text = sql`lower((${field.sql})::text)`;
    const part = String(value).toLowerCase();
    // strpos and starts_with know no wildcards, so none of the caller's characters mean anything.
    return operator === 'substring'
      ? sql<SqlBool>`strpos(${text}, ${part}) > 0`
      : sql<SqlBool>`starts_with(${text}, ${part})`;
  }
  if (operator === 'eq' && field.equals) return field.equals(field.normalise?.(String(value)) ?? String(value));
  return sql<SqlBool>`${field.sql} ${sql.raw(SIGNS[operator])} ${readValue(field, name, value)}`;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const NO_UUID = '00000000-0000-0000-0000-000000000000';

function readValue(field: Field, name: string, value: string | number | boolean): RawBuilder<unknown> {
  const text = String(value).trim();
  const refuse = (expected: string): never => {
    throw error('invalid', `The filter on "${name}" cannot be compared with "${text.slice(0, 100)}".`, {
      details: `expected ${expected}`,
    });
  };
  switch (field.type) {
    case 'text':
      return sql`${field.normalise ? field.normalise(String(value)) : String(value)}::text`;
    case 'number': {
      const number = text === '' ? Number.NaN : Number(text);
      // An id as what it is: compared as a fraction, the index over its column would not be used.
      if (Number.isSafeInteger(number)) return sql`${number}::int8`;
      // A bigint is found by its index when it is compared with one; with a float8 it is not.
      if (Number.isSafeInteger(number)) return sql`${number}::bigint`;
      if (Number.isFinite(number)) return sql`${number}::float8`;
      return refuse('a number');
    }
    case 'uuid': {
      const uuid = field.normalise ? field.normalise(text) : text;
      // What is none is simply not there.
      return sql`${UUID.test(uuid) ? uuid : NO_UUID}::uuid`;
    }
    case 'boolean':
      if (/^(true|1)$/i.test(text)) return sql`true`;
      if (/^(false|0)$/i.test(text)) return sql`false`;
      return refuse('true or false');
    case 'instant': {
      const instant = readInstant(text);
      return instant
        ? sql`${instant.toString()}::timestamptz`
        : refuse('an ISO 8601 instant, such as 2026-01-31T08:00:00Z, or a date');
    }
  }
}

/** An ISO instant, or a bare date, which means its first moment in UTC. */
export function readInstant(text: string): Temporal.Instant | undefined {
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Temporal.Instant.from(`${text}T00:00:00Z`);
    return Temporal.Instant.from(/([zZ]|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`);
  } catch {
    return undefined;
  }
}
