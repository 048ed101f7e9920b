import { attribute, BotError, type BotValue, type Host } from '@signalbox/taskbot';
import type { Locator } from 'playwright-core';
import { findElement } from '../browser/element.ts';
import { pageWork } from '../browser/page-work.ts';
import { sessionOf } from '../support/session.ts';
import { excerpt } from '../support/text.ts';
import { WEB } from './session.ts';

/** How every command of the package names an element. Seen are ID and XPATH; the other types are Selenium's. */
export const elementAttributes = {
  sessionName: attribute.any({ alias: ['session'] }),
  search: attribute.text({ required: true }),
  type: attribute.choice(['XPATH', 'ID', 'NAME', 'CLASS', 'CSS', 'TAG', 'LINKTEXT', 'PARTIALLINKTEXT']),
  timeout: attribute.number({ fallback: 10, note: 'Seconds.' }),
  attribute: attribute.text(),
};

interface Search {
  readonly sessionName: BotValue;
  readonly search: string;
  readonly type: 'XPATH' | 'ID' | 'NAME' | 'CLASS' | 'CSS' | 'TAG' | 'LINKTEXT' | 'PARTIALLINKTEXT';
  readonly timeout: number;
}

export const elementOf = async (input: Search, host: Host): Promise<Locator> => {
  const { page } = sessionOf(WEB, input.sessionName, host);
  const query = { selector: selectorOf(input) };
  const found = await pageWork(`"${excerpt(input.search)}" cannot be looked for`, host, () =>
    findElement(page, query, input.timeout, host),
  );
  if (found !== undefined) return found;
  throw new BotError(
    `The page has no element with ${input.type} "${excerpt(input.search)}" (looked for ${input.timeout} s).`,
  );
};

const selectorOf = ({ search, type }: Search): string => {
  const quoted = JSON.stringify(search);
  switch (type) {
    case 'XPATH':
      return `xpath=${search}`;
    case 'ID':
      return `css=[id=${quoted}]`;
    case 'NAME':
      return `css=[name=${quoted}]`;
    case 'CLASS':
      return `css=[class~=${quoted}]`;
    case 'LINKTEXT':
      return `css=a:text-is(${quoted})`;
    case 'PARTIALLINKTEXT':
      return `css=a:has-text(${quoted})`;
    case 'CSS':
    case 'TAG':
      return `css=${search}`;
  }
};
