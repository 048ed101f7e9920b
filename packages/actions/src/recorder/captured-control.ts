import type { BotValue, Refusal } from '@signalbox/taskbot';
import { asText } from '../support/text.ts';

/** What a document's UIOBJECT says of a control in a page (contract bots §1.10). */
export interface CapturedControl {
  /** TEXTBOX, BUTTON, COMBOBOX …; in capitals. */
  readonly controlType: string;
  readonly domXPath: string;
  /** The other criteria that are enabled, by name in lower case: `html id`, `html innertext`. */
  readonly criteria: ReadonlyMap<string, string>;
  /** The WINDOW it was captured in. */
  readonly window: BotValue;
}

/** Undefined when the control has no enabled DOMXPath: then only Windows' accessibility leads to it. */
export const capturedControl = (uiObject: BotValue | undefined): CapturedControl | undefined => {
  const object = member(uiObject, 'uiObject');
  const criteria = enabledCriteria(member(object, 'criteria'));
  const domXPath = criteria.get('domxpath') ?? '';
  if (domXPath === '') return undefined;
  return {
    controlType: asText(member(object, 'controlType')).toUpperCase(),
    domXPath,
    criteria,
    window: member(uiObject, 'uiObjectWindow') ?? null,
  };
};

/** When the bot is loaded. A control that comes out of a variable is looked at when the line runs. */
export const refusedControl = ({ uiObject }: { readonly uiObject?: BotValue | undefined }): Refusal | undefined => {
  if (uiObject === undefined || uiObject === null || capturedControl(uiObject) !== undefined) return undefined;
  const technology = asText(member(member(uiObject, 'uiObject'), 'technologyType')).slice(0, 40) || 'unknown';
  return {
    code: 'needs-desktop',
    message: `The captured control (technology ${technology}) has no enabled DOMXPath, so it needs a Windows desktop, which robots here do not have. Capture it in a web page with DOMXPath on, or reach the application by its files, database or API`,
  };
};

const member = (place: BotValue | undefined, name: string): BotValue | undefined =>
  place instanceof Map ? place.get(name) : undefined;

/** A criterion is `{enabled, value}`; its value a plain text in older documents, a typed one in newer. */
const enabledCriteria = (criteria: BotValue | undefined): Map<string, string> => {
  const enabled = new Map<string, string>();
  if (!(criteria instanceof Map)) return enabled;
  for (const [name, criterion] of criteria) {
    if (asText(member(criterion, 'enabled')).toLowerCase() !== 'true') continue;
    const value = member(criterion, 'value');
    const text = value instanceof Map ? (value.get('string') ?? value.get('expression') ?? '') : (value ?? '');
    enabled.set(name.trim().toLowerCase(), asText(text));
  }
  return enabled;
};
