import { type Static, Type } from 'typebox';
import type { ProcessingOrder, QueueSettings } from '../../../domain/work/index.ts';
import { Id } from '../wire.ts';

/** Creating and changing a queue take the same fields (contract b §1.3); when changing, what is absent stays. */
const fields = {
  name: Type.String({ minLength: 1, maxLength: 255 }),
  description: Type.Optional(Type.String()),
  reactivationThreshold: Type.Optional(Type.Integer({ minimum: 0 })),
  considerReactivationThreshold: Type.Optional(Type.Boolean()),
  displayColumns: Type.Optional(Type.Array(Type.String())),
  displayColumnIds: Type.Optional(Type.Array(Id)),
  workItemProcessingOrders: Type.Optional(
    Type.Array(Type.Unknown({ description: 'A column name, or {columnId or name, order}.' }), {
      maxItems: 3,
      description: 'Up to three columns, each a name ("amount", "amount desc") or an object.',
    }),
  ),
  workItemModelId: Id,
  manualProcessingTime: Type.Optional(Type.Integer({ minimum: 0 })),
  manualProcessingTimeUnit: Type.Optional(Type.String({ maxLength: 20 })),
  autoRetryLimit: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  disallowDuplicate: Type.Optional(Type.Boolean()),
  expiry: Type.Optional(
    Type.Object({
      type: Type.Enum(['DURATION', 'DATE']),
      duration: Type.Optional(Type.Integer({ minimum: 1 })),
      durationUnit: Type.Optional(Type.Enum(['HOURS', 'DAYS'])),
      date: Type.Optional(Type.String()),
    }),
  ),
  leaseSeconds: Type.Optional(
    Type.Integer({
      minimum: 5,
      maximum: 86_400,
      description: 'Extension: how long a runner may be silent before its items are given to another.',
    }),
  ),
  onLost: Type.Optional(
    Type.Enum(['RETRY', 'UNKNOWN'], {
      description: 'Extension: what becomes of an item whose runner fell silent while working on it.',
    }),
  ),
};

export const QueueBody = Type.Object(fields);
export const QueueChangeBody = Type.Object({
  ...fields,
  name: Type.Optional(fields.name),
  workItemModelId: Type.Optional(Id),
  version: Type.Optional(Type.Integer()),
});

type Given = Omit<Static<typeof QueueChangeBody>, 'version'>;

/** The wire's words in the domain's. `attributeName` finds a column's name by its id. */
export async function readQueueSettings(
  body: Given,
  attributeName: (modelId: number, id: number) => Promise<string>,
): Promise<Partial<QueueSettings>> {
  const { workItemModelId, workItemProcessingOrders, expiry, ...same } = body;
  const processingOrder =
    workItemProcessingOrders &&
    (await Promise.all(
      workItemProcessingOrders.map((order) => readOrder(order, (id) => attributeName(workItemModelId ?? 0, id))),
    ));
  return {
    ...same,
    ...(workItemModelId === undefined ? {} : { modelId: workItemModelId }),
    ...(processingOrder ? { processingOrder } : {}),
    ...(expiry ? { expiry } : {}),
  };
}

/** `"amount"`, `"amount desc"`, `{columnId: 59, order: "DESC"}` or `{name: "amount", direction: "desc"}`. */
async function readOrder(order: unknown, nameOf: (id: number) => Promise<string>): Promise<ProcessingOrder> {
  if (typeof order === 'object' && order !== null) {
    const given = new Map(Object.entries(order).map(([key, value]) => [key.toLowerCase(), value]));
    const name = given.get('name') ?? given.get('columnname') ?? given.get('column') ?? given.get('field');
    const id = given.get('columnid') ?? given.get('id');
    const direction = String(given.get('order') ?? given.get('direction') ?? given.get('sortorder') ?? 'asc');
    return {
      attribute: name === undefined ? await nameOf(Number(id)) : String(name),
      descending: /^desc/i.test(direction),
    };
  }
  const [, attribute = '', direction] = /^(.*?)(?:\s+(asc|desc)(?:ending)?)?$/i.exec(String(order).trim()) ?? [];
  return { attribute, descending: direction?.toLowerCase() === 'desc' };
}
