import { action, attribute, BotError, type Refusal } from '@signalbox/taskbot';
import { pageWork } from '../browser/page-work.ts';
import { actOn, isKnownAct } from './act.ts';
import { capturedControl, refusedControl } from './captured-control.ts';
import { requireControl } from './find-control.ts';

/** The control's type in the document → the attribute that names what to do. */
const ACTION_OF: Readonly<Record<string, ActionName>> = {
  CLIENT: 'clientAction',
  CHECKBOX: 'checkboxAction',
  TEXTBOX: 'textboxAction',
  COMBOBOX: 'comboboxAction',
  BUTTON: 'buttonAction',
  RADIO: 'radioAction',
  PASSWORD_TEXT: 'passwordtextAction',
  LABEL: 'labelAction',
  TABLE: 'tableAction',
  LINK: 'linkAction',
  LISTVIEW: 'listviewAction',
  PAGETAB: 'pagetabAction',
  MENUBAR: 'menuAction',
  MENU: 'menuAction',
  MENUITEM: 'menuAction',
};

const actions = {
  clientAction: attribute.text(),
  checkboxAction: attribute.text(),
  textboxAction: attribute.text(),
  comboboxAction: attribute.text(),
  buttonAction: attribute.text(),
  radioAction: attribute.text(),
  passwordtextAction: attribute.text(),
  labelAction: attribute.text(),
  tableAction: attribute.text(),
  linkAction: attribute.text(),
  listviewAction: attribute.text(),
  pagetabAction: attribute.text(),
  menuAction: attribute.text(),
};
type ActionName = keyof typeof actions;

/**
 * Controls of web pages, by their DOMXPath: 54 % of the captures in real bots (contract bots §1.10). Others need the
 * accessibility of Windows and are told when the bot is loaded. `wait` is in seconds, `delay` in milliseconds between
 * keys, and GETPROPERTY takes the property's name from `value`. [inferred]
 */
export const capture = action({
  package: 'Recorder',
  name: 'capture',
  summary: 'Does something to a control of a web page, or reads it.',
  runsOn: 'device',
  since: '0.2.0',
  attributes: {
    uiObject: attribute.opaque('UIOBJECT', { required: true }),
    ...actions,
    value: attribute.any(),
    typeOfInput: attribute.choice(['VALUE', 'CREDENTIAL']),
    valueCV: attribute.credential(),
    property: attribute.text({ alias: ['propertyName', 'controlProperty'] }),
    wait: attribute.number({ fallback: 15 }),
    delay: attribute.number({ fallback: 0 }),
    row: attribute.text(),
    column: attribute.text(),
    runInBackground: attribute.flag(),
  },
  returns: 'ANY',
  check: (fixed) => refusedControl(fixed) ?? unknownAction(fixed),
  run: async (input, host) => {
    const control = capturedControl(input.uiObject);
    if (control === undefined) {
      throw new BotError(refusedControl(input)?.message ?? 'Expected a captured control, but got something else.');
    }
    const word = wordOf(input, control.controlType);
    if (word === '') throw new BotError('The captured control has no action. Choose one, or disable the line.');
    const element = await requireControl(control, input.wait, host);
    return pageWork(`${word} failed`, host, () => actOn(word, element, input, host));
  },
});

type Words = { readonly [K in ActionName]?: string };

/** Documents also carry the actions of control types that were chosen before: the one of its own type goes first. */
const wordOf = (input: Words, controlType: string): string => {
  const own = ACTION_OF[controlType];
  const names = Object.keys(actions) as ActionName[]; // an object literal of these names
  return (
    [...(own === undefined ? [] : [own]), ...names]
      .map((name) => input[name]?.trim() ?? '')
      .find((word) => word !== '') ?? ''
  );
};

const unknownAction = (
  fixed: Words & { readonly uiObject?: Parameters<typeof capturedControl>[0] },
): Refusal | undefined => {
  const word = wordOf(fixed, capturedControl(fixed.uiObject)?.controlType ?? '');
  if (word === '' || isKnownAct(word)) return undefined;
  return {
    code: 'refused-command',
    message: `Recorder.capture cannot do "${word.slice(0, 40)}" to a control of a web page. Choose another action, or use "Browser: Run JavaScript"`,
  };
};
