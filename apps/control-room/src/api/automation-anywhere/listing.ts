import { type TSchema, Type } from 'typebox';
import { error } from '../../kernel/errors.ts';
import {
  COMPARISONS,
  type Comparison,
  type Filter,
  type FilterValue,
  type Page,
  type Selection,
} from '../../kernel/selection.ts';

/**
 * The list grammar of the vendor's `POST …/list` calls (contract a §1.5, b §0.6) with everything that real clients send
 * in it. What it means in SQL is the kernel's (kernel/selection.ts).
 */
export const ListBody = Type.Unknown({
  description:
    'filter, sort, page and fields; every part optional. An empty body lists everything on the default page.',
  examples: [
    {
      filter: { operator: 'and', operands: [{ operator: 'substring', field: 'name', value: 'invoice' }] },
      sort: [{ field: 'name', direction: 'asc' }],
      page: { offset: 0, length: 50 },
      fields: [],
    },
  ],
});

/** Schema of the answer over one item schema. */
export function listOf(item: TSchema): TSchema {
  return Type.Object({
    list: Type.Array(item),
    page: Type.Object({ offset: Type.Integer(), total: Type.Integer(), totalFilter: Type.Integer() }),
  });
}

export interface ListRequest extends Selection {
  /** Names to keep; empty keeps all. */
  readonly fields: readonly string[];
}

/** How many rows when the caller does not say: with a page object, and without one (contract a §1.5). */
export interface PageLengths {
  readonly withPage: number;
  readonly withoutPage: number;
  /** A longer page is cut to this. */
  readonly most?: number;
}

const STANDARD: PageLengths = { withPage: 100, withoutPage: 1_000 };
/** A form application asks for 100000 rows (b §0.6 no. 7): the length is cut, never refused. */
const MOST = 10_000;

export function readListRequest(body: unknown, lengths: PageLengths = STANDARD): ListRequest {
  const request = asObject(body, 'The body');
  const page = get(request, 'page');
  const pageObject = page === undefined ? undefined : asObject(page, 'page');
  const asked = pageObject === undefined ? 0 : readCount(get(pageObject, 'length'), 'page.length');
  const standard = pageObject && Object.keys(pageObject).length > 0 ? lengths.withPage : lengths.withoutPage;
  return {
    filter: readFilter(get(request, 'filter')),
    order: readSort(get(request, 'sort')),
    offset: pageObject === undefined ? 0 : readCount(get(pageObject, 'offset'), 'page.offset'),
    // 0 means "the default", never "none" (a §1.5).
    length: Math.min(asked === 0 ? standard : asked, lengths.most ?? MOST),
    fields: readFields(get(request, 'fields')),
  };
}

/** The answer's envelope. `page` always comes with numbers, `list` always is there (a §1.5, §14). */
export function renderList<Row>(page: Page<Row>, request: ListRequest, render: (row: Row) => object): object {
  const keep = new Set(request.fields.map((name) => name.toLowerCase()));
  const project = (item: object): object =>
    keep.size === 0 ? item : Object.fromEntries(Object.entries(item).filter(([key]) => keep.has(key.toLowerCase())));
  return {
    list: page.rows.map((row) => project(render(row))),
    page: { offset: request.offset, total: page.total, totalFilter: page.totalFilter },
  };
}

const EVERYTHING: Filter = { operator: 'everything' };

function readFilter(value: unknown): Filter {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return EVERYTHING;
  const node = asObject(value, 'filter');
  const operands = get(node, 'operands');
  const field = get(node, 'field');
  const word = get(node, 'operator');
  // A leaf without an operator means eq, a node with operands but none means and (a §1.5).
  const operator = word === undefined ? (field === undefined ? 'and' : 'eq') : String(word).toLowerCase();

  if (operator === 'none') return EVERYTHING;
  if (operator === 'and' || operator === 'or') {
    const nodes = asArray(operands, 'filter.operands')
      .map(readFilter)
      .filter((one) => one.operator !== 'everything');
    return nodes.length === 0 ? EVERYTHING : { operator, operands: nodes };
  }
  if (operator === 'not') {
    const [operand] = asArray(operands, 'filter.operands');
    return operand === undefined ? EVERYTHING : { operator: 'not', operand: readFilter(operand) };
  }
  const comparison = COMPARISONS.find((known): known is Comparison => known === operator);
  if (!comparison) {
    throw error('invalid', `There is no filter operator "${String(word)}".`, {
      details: `expected one of NONE, ${COMPARISONS.join(', ')}, and, or, not`,
    });
  }
  if (field === undefined || field === '') return EVERYTHING;
  return { operator: comparison, field: String(field), value: readScalar(get(node, 'value'), String(field)) };
}

function readScalar(value: unknown, field: string): FilterValue {
  if (value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw error('invalid', `The filter's value for "${field}" is not a single value.`, {
    details: 'expected a string, number or boolean',
  });
}

function readSort(value: unknown): Selection['order'] {
  return asArray(value, 'sort').flatMap((one) => {
    const entry = asObject(one, 'sort');
    const field = get(entry, 'field');
    if (field === undefined || field === '') return [];
    return [{ field: String(field), descending: /^desc/i.test(String(get(entry, 'direction') ?? 'asc')) }];
  });
}

function readFields(value: unknown): string[] {
  return asArray(value, 'fields').filter((name) => typeof name === 'string' && name !== '') as string[];
}

function readCount(value: unknown, where: string): number {
  if (value === undefined || value === '') return 0;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw error('invalid', `${where} is not a count.`, {
    details: `expected a whole number from 0 on; came: ${String(value).slice(0, 50)}`,
  });
}

function asArray(value: unknown, where: string): unknown[] {
  if (value === undefined || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value === 'object') return [value];
  throw error('invalid', `${where} is not a list.`);
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (value === undefined || value === null || value === '') return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw error('invalid', `${where} is not an object.`, {
    details: `came: ${Array.isArray(value) ? 'a list' : typeof value}`,
  });
}

/** Any letter case; null is absent. */
function get(object: Record<string, unknown>, name: string): unknown {
  const exact = object[name];
  if (exact !== undefined) return exact ?? undefined;
  const key = Object.keys(object).find((known) => known.toLowerCase() === name);
  return key === undefined ? undefined : (object[key] ?? undefined);
}
