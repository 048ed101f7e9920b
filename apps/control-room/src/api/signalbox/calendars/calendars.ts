import { type Static, type TSchema, Type } from 'typebox';
import type { Calendar, Exclusions } from '../../../domain/schedules/index.ts';
import { ListBody, listOf, readListRequest, renderList } from '../../automation-anywhere/listing.ts';
import { mayAdd, mayChange, mayDelete, mayView } from '../../automation-anywhere/schedules/access.ts';
import { DAYS } from '../../automation-anywhere/schedules/when.ts';
import { ids } from '../../automation-anywhere/wire.ts';
import { type Objects, operation } from '../../operation.ts';

const declared = { module: 'Calendars', versions: [{ name: '' }], provenance: 'extension' } as const;
const CALENDAR: Readonly<Record<string, Objects>> = { id: { kind: 'calendar', visibleTo: 'everyone' } };

const Day = Type.String({ maxLength: 40, description: 'yyyy-MM-dd' });
const fields = {
  description: Type.Optional(Type.String({ maxLength: 4_000 })),
  dates: Type.Optional(Type.Array(Day)),
  ranges: Type.Optional(Type.Array(Type.Object({ from: Day, to: Day }), { description: 'Both ends belong to them.' })),
  daysOfWeek: Type.Optional(Type.Array(Type.Enum([...DAYS]))),
};
const NewCalendar = Type.Object({ name: Type.String({ minLength: 1, maxLength: 255 }), ...fields });
const ChangedCalendar = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  ...fields,
  version: Type.Optional(Type.Integer({ minimum: 0, description: 'Where it is given, only this one is changed.' })),
});
const CalendarAnswer: TSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  dates: Type.Array(Type.String()),
  ranges: Type.Array(Type.Object({ from: Type.String(), to: Type.String() })),
  daysOfWeek: Type.Array(Type.String()),
  createdBy: Type.String(),
  createdOn: Type.String(),
  updatedBy: Type.String(),
  updatedOn: Type.String(),
  version: Type.Integer(),
});

export const createCalendar = operation({
  ...declared,
  name: 'createCalendar',
  summary: 'Name days on which nothing runs',
  description:
    'A schedule names the calendars that count for it, in calendarIds. Days are those of the schedule’s own zone.',
  method: 'POST',
  path: '/signalbox/v1/calendars',
  access: mayAdd,
  refuses: [409],
  body: NewCalendar,
  answer: { status: 201, schema: CalendarAnswer, description: 'The calendar.' },
  handle: async ({ caller, body }, { schedules }) => {
    const { name, description = '' } = body;
    return render(await schedules.calendars.create(caller, { name, description, exclusions: exclusionsOf(body) }));
  },
});

export const listCalendars = operation({
  ...declared,
  name: 'listCalendars',
  summary: 'List calendars',
  method: 'POST',
  path: '/signalbox/v1/calendars/list',
  access: mayView,
  reads: true,
  body: ListBody,
  answer: { status: 200, schema: listOf(CalendarAnswer), description: 'One page of calendars.' },
  handle: async ({ body }, { schedules }) => {
    const request = readListRequest(body);
    return renderList(await schedules.calendars.list(request), request, render);
  },
});

export const getCalendar = operation({
  ...declared,
  name: 'getCalendar',
  summary: 'Read a calendar',
  method: 'GET',
  path: '/signalbox/v1/calendars/{id}',
  access: mayView,
  objects: CALENDAR,
  params: ids('id'),
  answer: { status: 200, schema: CalendarAnswer, description: 'The calendar.' },
  handle: async ({ params }, { schedules }) => render(await schedules.calendars.get(params.id)),
});

export const updateCalendar = operation({
  ...declared,
  name: 'updateCalendar',
  summary: 'Change a calendar',
  description:
    'One’s own, or with the right to manage all schedules. What is not named stays. It counts at once for all schedules that name it.',
  method: 'PUT',
  path: '/signalbox/v1/calendars/{id}',
  access: mayChange,
  objects: CALENDAR,
  params: ids('id'),
  refuses: [409],
  body: ChangedCalendar,
  answer: { status: 200, schema: CalendarAnswer, description: 'The calendar as it is now.' },
  handle: async ({ caller, params, body }, { schedules }) => {
    const { name, description, version } = body;
    const { exclusions: before } = await schedules.calendars.get(params.id);
    const exclusions = { ...before, ...exclusionsOf(body, before) };
    return render(await schedules.calendars.update(caller, params.id, { name, description, exclusions }, version));
  },
});

export const deleteCalendar = operation({
  ...declared,
  name: 'deleteCalendar',
  summary: 'Delete a calendar',
  description: 'One’s own, or with the right to manage all schedules; not while a schedule names it.',
  method: 'DELETE',
  path: '/signalbox/v1/calendars/{id}',
  access: mayDelete,
  objects: CALENDAR,
  params: ids('id'),
  refuses: [409],
  answer: { status: 204 },
  handle: ({ caller, params }, { schedules }) => schedules.calendars.remove(caller, params.id),
});

const NONE: Exclusions = { dates: [], ranges: [], daysOfWeek: [] };

function exclusionsOf(body: Static<typeof ChangedCalendar>, before = NONE): Exclusions {
  const { dates = before.dates, ranges = before.ranges } = body;
  const daysOfWeek = body.daysOfWeek?.map((day) => DAYS.indexOf(day) + 1) ?? before.daysOfWeek;
  return { dates, ranges, daysOfWeek };
}

function render({ exclusions, ...calendar }: Calendar): object {
  return {
    ...calendar,
    id: String(calendar.id),
    dates: exclusions.dates,
    ranges: exclusions.ranges,
    daysOfWeek: exclusions.daysOfWeek.map((day) => DAYS[day - 1]),
    createdBy: String(calendar.createdBy),
    createdOn: calendar.createdOn.toString(),
    updatedBy: String(calendar.updatedBy),
    updatedOn: calendar.updatedOn.toString(),
  };
}
