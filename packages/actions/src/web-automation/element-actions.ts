import { action, attribute, type Host } from '@signalbox/taskbot';
import type { Locator } from 'playwright-core';
import type { PageElement } from '../browser/element.ts';
import { pageWork } from '../browser/page-work.ts';
import { revealed } from '../support/secret.ts';
import { excerpt } from '../support/text.ts';
import { elementAttributes, elementOf } from './element.ts';

const common = { package: 'WebAutomation', runsOn: 'device', since: '0.2.0' } as const;
const READY = { timeout: 10_000 };

const onElement = async <T>(
  input: Parameters<typeof elementOf>[0],
  host: Host,
  work: (element: Locator) => Promise<T>,
): Promise<T> => {
  const element = await elementOf(input, host);
  return pageWork(`"${excerpt(input.search)}" did not do it`, host, () => work(element));
};

/** Seen is `clicktype` Click; the others are [inferred]. */
export const clickElement = action({
  ...common,
  name: 'clickelement',
  summary: 'Clicks an element of the page.',
  attributes: { ...elementAttributes, clicktype: attribute.text({ fallback: 'Click' }) },
  run: async (input, host) => {
    const kind = input.clicktype.toLowerCase().replaceAll(/[^a-z]/g, '');
    await onElement(input, host, (element) => {
      if (kind.includes('double')) return element.dblclick(READY);
      if (kind.includes('right') || kind.includes('context')) return element.click({ ...READY, button: 'right' });
      if (kind.includes('js') || kind.includes('script')) return element.evaluate((one: PageElement) => one.click());
      return element.click(READY);
    });
    return undefined;
  },
});

/** `attribute` names another than the value. */
export const getValueElement = action({
  ...common,
  name: 'getvalueelement',
  summary: 'Takes the value of an element, or one of its attributes.',
  attributes: elementAttributes,
  returns: 'STRING',
  run: (input, host) =>
    onElement(input, host, (element) =>
      element.evaluate((one: PageElement, name: string) => {
        if (name === '' || name.toLowerCase() === 'value') return one.value ?? one.getAttribute('value') ?? '';
        return one.getAttribute(name) ?? '';
      }, input.attribute.trim()),
    ),
});

/** The commands from here on are not in the files that were counted: names are [inferred] from the package's own style. */
export const getTextElement = action({
  ...common,
  name: 'gettextelement',
  summary: 'Takes the text of an element, as a person sees it.',
  attributes: elementAttributes,
  returns: 'STRING',
  // biome-ignore lint/performance/useDomNodeTextContent: hidden parts are no text of it
  run: (input, host) => onElement(input, host, (element) => element.innerText(READY)),
});

export const setValueElement = action({
  ...common,
  name: 'setvalueelement',
  alias: ['settextelement', 'typeelement', 'sendkeyselement'],
  summary: 'Types a text into an element, in place of what is there.',
  attributes: { ...elementAttributes, value: attribute.credential({ alias: ['text', 'keys'] }) },
  run: async (input, host) => {
    await onElement(input, host, (element) => element.fill(revealed(input.value), READY));
    return undefined;
  },
});
