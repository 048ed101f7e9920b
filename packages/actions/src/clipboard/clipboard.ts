import { action, attribute, packageVariable, StoreKey } from '@signalbox/taskbot';

/** The clipboard of one run with all its sub-bots, in memory: runs on the same device do not see each other's. */
const CLIPBOARD = new StoreKey('clipboard', () => ({ text: '' }));

const common = { package: 'Clipboard', runsOn: 'anywhere', since: '0.1.0' } as const;

export const assignToClipboard = action({
  ...common,
  name: 'assignToClipboard',
  summary: "Puts a text on the run's own clipboard.",
  attributes: { value: attribute.text() },
  run: (input, host) => {
    host.store.of(CLIPBOARD).text = input.value;
    return undefined;
  },
});

export const assignFromClipboard = action({
  ...common,
  name: 'assignFromClipboard',
  summary: "Takes the text from the run's own clipboard.",
  attributes: {},
  returns: 'STRING',
  run: (_input, host) => host.store.of(CLIPBOARD).text,
});

export const clearClipboard = action({
  ...common,
  name: 'clearClipboard',
  summary: "Empties the run's own clipboard.",
  attributes: {},
  run: (_input, host) => {
    host.store.of(CLIPBOARD).text = '';
    return undefined;
  },
});

export const clipboardText = packageVariable({
  ...common,
  name: 'Clipboard',
  summary: "The text on the run's own clipboard.",
  type: 'STRING',
  read: (host) => host.store.of(CLIPBOARD).text,
});
