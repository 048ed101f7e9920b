import { type BotCredential, BotError, type BotValue, type Host } from '@signalbox/taskbot';
import type { Locator } from 'playwright-core';
import type { PageElement } from '../browser/element.ts';
import { revealed } from '../support/secret.ts';
import { asText, excerpt } from '../support/text.ts';
import { propertyIn } from './property.ts';
import { cellByIndex, cellsOf, extractToCsv, placeOfText } from './table.ts';

/** The side attributes of a capture. */
export interface Details {
  readonly value: BotValue;
  readonly typeOfInput: 'VALUE' | 'CREDENTIAL';
  readonly valueCV: BotCredential | string;
  readonly property: string;
  readonly delay: number;
  readonly row: string;
  readonly column: string;
}

/** How long a control that is there may take to be ready: visible, still, enabled. */
const READY_MS = 10_000;
/** After that a CLICK is sent to the element itself, as the vendor's does: something lies over it. */
const COVERED_MS = 2_000;

type Act = (control: Locator, details: Details, host: Host) => Promise<BotValue | undefined>;

const timeout = READY_MS;

const ACTS: Readonly<Record<string, Act>> = {
  CLICK: async (control) => {
    try {
      await control.click({ timeout: COVERED_MS });
    } catch {
      await control.evaluate((element: PageElement) => element.click());
    }
    return undefined;
  },
  LEFTCLICK: (control) => nothing(control.click({ timeout })),
  RIGHTCLICK: (control) => nothing(control.click({ timeout, button: 'right' })),
  MIDDLECLICK: (control) => nothing(control.click({ timeout, button: 'middle' })),
  DOUBLECLICK: (control) => nothing(control.dblclick({ timeout })),
  SETTEXT: async (control, details) => {
    const text = details.typeOfInput === 'CREDENTIAL' ? revealed(details.valueCV) : asText(details.value);
    if (details.delay <= 0) await control.fill(text, { timeout });
    else {
      await control.fill('', { timeout });
      await control.pressSequentially(text, { delay: details.delay, timeout: timeout + text.length * details.delay });
    }
    return undefined;
  },
  APPENDTEXT: (control, details) => nothing(control.pressSequentially(asText(details.value), { timeout })),
  GETTEXT: (control) => control.evaluate(propertyIn, ''),
  GETPROPERTY: (control, details) => control.evaluate(propertyIn, details.property || asText(details.value)),
  CHECK: (control) => nothing(control.check({ timeout })),
  UNCHECK: (control) => nothing(control.uncheck({ timeout })),
  SELECT: (control) => nothing(control.check({ timeout })),
  GETSTATUS: (control) => control.evaluate(propertyIn, 'checked'),
  EXPAND: (control) => nothing(control.click({ timeout })),
  SELECTITEMBYTEXT: async (control, { value }) => {
    const text = asText(value);
    if ((await tagOf(control)) === 'SELECT')
      await control.selectOption({ label: await labelLike(control, text) }, { timeout });
    else await control.getByText(text, { exact: true }).first().click({ timeout });
    return undefined;
  },
  SELECTITEMBYINDEX: async (control, { value }) => {
    const index = Number(asText(value));
    if (!Number.isInteger(index) || index < 1) {
      throw new BotError(`Expected the number of an item from 1 on, but got "${excerpt(asText(value))}".`);
    }
    if ((await tagOf(control)) === 'SELECT') await control.selectOption({ index: index - 1 }, { timeout });
    else
      await control
        .locator(':scope > *')
        .nth(index - 1)
        .click({ timeout });
    return undefined;
  },
  GETSELECTEDTEXT: (control) => control.evaluate(propertyIn, 'selectedtext'),
  GETSELECTEDINDEX: (control) => control.evaluate((element: PageElement) => (element.selectedIndex ?? -1) + 1),
  GETTOTALITEMS: (control) =>
    control.evaluate((element: PageElement) => (element.options ?? element.rows ?? element.children).length),
  GETTOTALROWS: async (control) => (await cellsOf(control)).length,
  GETTOTALCOLUMNS: async (control) => Math.max(0, ...(await cellsOf(control)).map((row) => row.length)),
  GETCELLBYINDEX: async (control, { row, column }) => cellByIndex(await cellsOf(control), row, column),
  GETCELLBYTEXT: async (control, { value }) => placeOfText(await cellsOf(control), asText(value)),
  EXTRACTTOCSV: async (control, { value }, host) => extractToCsv(await cellsOf(control), asText(value), host),
};

export const isKnownAct = (word: string): boolean => word.toUpperCase() in ACTS;

/** Does to a control what a capture's action word says. Positions of items, rows and columns count from 1. [inferred] */
export const actOn = (word: string, control: Locator, details: Details, host: Host): ReturnType<Act> => {
  const act = ACTS[word.toUpperCase()];
  if (act !== undefined) return act(control, details, host);
  throw new BotError(
    `Expected an action such as ${Object.keys(ACTS).slice(0, 8).join(', ')}, but got "${excerpt(word)}".`,
  );
};

const nothing = async (work: Promise<unknown>): Promise<undefined> => {
  await work;
  return undefined;
};

const tagOf = (control: Locator): Promise<string> => control.evaluate((element: PageElement) => element.tagName);

/** The item as the page writes it; letter case and blanks around it do not count. */
const labelLike = async (control: Locator, text: string): Promise<string> => {
  const labels = await control.evaluate((element: PageElement) =>
    Array.from(element.options ?? []).map((option) => option.text),
  );
  const found = labels.find((label) => label.trim().toLowerCase() === text.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new BotError(`The list has no item "${excerpt(text)}"; it has ${labels.length} others.`);
};
