/** What people ask of long lists, in the words of the wire. */
export interface Question {
  readonly name: string;
  readonly path: string;
  /** Asked in turn, so that no answer is remembered from the one before. */
  readonly bodies: readonly object[];
  /** Whether an index is there for it; what has none is measured all the same. */
  readonly indexed: boolean;
}

const eq = (field: string, value: unknown): object => ({ operator: 'eq', field, value });
const and = (...operands: object[]): object => ({ operator: 'and', operands });
const between = (field: string, from: string, to: string): object =>
  and({ operator: 'ge', field, value: from }, { operator: 'lt', field, value: to });
const page = { offset: 0, length: 50 };
const each = <T>(values: readonly T[], body: (value: T) => object): object[] => values.map(body);

/** Days of the year that the rows are spread over, as make-rows has it: it ends with today. */
const day = (daysAgo: number): string => new Date(Date.now() - daysAgo * 86_400_000).toISOString();
const AGO = [3, 40, 77, 121, 200, 260, 333];

export function questions(queueId: number): Question[] {
  const items = `/v3/wlm/queues/${queueId}/workitems/list`;
  const runs = '/v3/activity/list';
  const audit = '/v1/audit/messages/list';
  return [
    { name: 'items: the first page', path: items, indexed: true, bodies: [{ page }] },
    {
      name: 'items: page at offset 5,000',
      path: items,
      indexed: true,
      bodies: [{ page: { offset: 5_000, length: 50 } }],
    },
    {
      name: 'items: by id',
      path: items,
      indexed: true,
      bodies: each([5, 70_000, 654_321], (id) => ({ filter: eq('id', id) })),
    },
    {
      name: 'items: FAILED, the newest first',
      path: items,
      indexed: true,
      bodies: [{ filter: eq('status', 'FAILED'), sort: [{ field: 'id', direction: 'desc' }], page }],
    },
    { name: 'items: COMPLETED', path: items, indexed: true, bodies: [{ filter: eq('status', 'COMPLETED'), page }] },
    {
      name: 'items: one day, by its time',
      path: items,
      indexed: true,
      bodies: each(AGO, (ago) => ({
        filter: between('createdOn', day(ago + 1), day(ago)),
        sort: [{ field: 'createdOn', direction: 'desc' }],
        page,
      })),
    },
    {
      name: 'items: a word in a column',
      path: items,
      indexed: false,
      bodies: [{ filter: { operator: 'substring', field: 'col1', value: 'INV-99' }, page }],
    },
    { name: 'items: 1,000 in one page', path: items, indexed: false, bodies: [{ page: { offset: 0, length: 1_000 } }] },
    { name: 'runs: the first page', path: runs, indexed: true, bodies: [{ page }] },
    {
      name: 'runs: the newest ended first',
      path: runs,
      indexed: true,
      bodies: [{ sort: [{ field: 'endDateTime', direction: 'desc' }], page }],
    },
    {
      name: 'runs: the newest started first, page at offset 5,000',
      path: runs,
      indexed: true,
      bodies: [{ sort: [{ field: 'startDateTime', direction: 'desc' }], page: { offset: 5_000, length: 50 } }],
    },
    { name: 'runs: RUN_FAILED', path: runs, indexed: true, bodies: [{ filter: eq('status', 'RUN_FAILED'), page }] },
    {
      name: 'runs: of a device',
      path: runs,
      indexed: true,
      bodies: each([1, 17, 42], (id) => ({ filter: eq('deviceId', id), page })),
    },
    {
      name: 'runs: of a user',
      path: runs,
      indexed: true,
      bodies: each([1, 5, 90], (id) => ({ filter: eq('runAsUserId', id), page })),
    },
    {
      name: 'runs: of a file',
      path: runs,
      indexed: true,
      bodies: each([101, 333, 501], (id) => ({ filter: eq('fileId', id), page })),
    },
    {
      name: 'runs: of a deployment',
      path: runs,
      indexed: true,
      bodies: each([7, 500, 900], (n) => ({
        filter: eq('deploymentId', `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`),
        page,
      })),
    },
    {
      name: 'runs: started within one day',
      path: runs,
      indexed: true,
      bodies: each(AGO, (ago) => ({
        filter: between('startDateTime', day(ago + 1), day(ago)),
        sort: [{ field: 'startDateTime', direction: 'desc' }],
        page,
      })),
    },
    {
      name: 'runs: a word in the name',
      path: runs,
      indexed: false,
      bodies: [{ filter: { operator: 'substring', field: 'automationName', value: '99.bot' }, page }],
    },
    { name: 'audit: the first page', path: audit, indexed: true, bodies: [{ page }] },
    {
      name: 'audit: a month',
      path: audit,
      indexed: true,
      bodies: each(AGO.slice(0, 6), (ago) => ({
        filter: between('createdOn', day(ago + 30), day(ago)),
        sort: [{ field: 'createdOn', direction: 'desc' }],
        page,
      })),
    },
    {
      name: 'audit: a month, unsuccessful log-ins (the documented example)',
      path: audit,
      indexed: true,
      bodies: each(AGO.slice(0, 6), (ago) => ({
        filter: and(
          { operator: 'gt', field: 'createdOn', value: day(ago + 30) },
          { operator: 'lt', field: 'createdOn', value: day(ago) },
          eq('status', 'Unsuccessful'),
          { operator: 'substring', field: 'activityType', value: 'LOGIN' },
        ),
        sort: [{ field: 'createdOn', direction: 'desc' }],
        fields: [],
        page: { offset: 0, length: '1000' },
      })),
    },
    {
      name: 'audit: of one user, the newest first',
      path: audit,
      indexed: true,
      bodies: each([3, 44, 150], (id) => ({ filter: eq('createdBy', id), page })),
    },
    {
      name: 'audit: one activity',
      path: audit,
      indexed: true,
      bodies: each(['LOGIN', 'CREATE_QUEUE', 'DELETE_USER'], (type) => ({ filter: eq('activityType', type), page })),
    },
  ];
}
