import { action, attribute, BotSession, type Host, packageVariable } from '@signalbox/taskbot';

/** The clipboard of one run, in memory: runs on the same device do not see each other's. */
class Clipboard {
  text = '';
}

const clipboardOf = (host: Host): Clipboard => {
  try {
    const { content } = host.sessions.get('Clipboard', 'clipboard');
    if (content instanceof Clipboard) return content;
  } catch {
    // Not open yet: the first use in this run.
  }
  const fresh = new Clipboard();
  host.sessions.open('Clipboard', 'clipboard', new BotSession('Clipboard', fresh));
  return fresh;
};

const common = { package: 'Clipboard', runsOn: 'anywhere', since: '0.1.0' } as const;

export const assignToClipboard = action({
  ...common,
  name: 'assignToClipboard',
  summary: "Puts a text on the run's own clipboard.",
  attributes: { value: attribute.text() },
  run: (input, host) => {
    clipboardOf(host).text = input.value;
    return undefined;
  },
});

export const assignFromClipboard = action({
  ...common,
  name: 'assignFromClipboard',
  summary: "Takes the text from the run's own clipboard.",
  attributes: {},
  returns: 'STRING',
  run: (_input, host) => clipboardOf(host).text,
});

export const clearClipboard = action({
  ...common,
  name: 'clearClipboard',
  summary: "Empties the run's own clipboard.",
  attributes: {},
  run: (_input, host) => {
    clipboardOf(host).text = '';
    return undefined;
  },
});

export const clipboardText = packageVariable({
  ...common,
  name: 'Clipboard',
  summary: "The text on the run's own clipboard.",
  type: 'STRING',
  read: (host) => clipboardOf(host).text,
});
