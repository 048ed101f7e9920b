let uid = 0;

/** A node with attributes given as typed values. */
export const node = (command: string, attributes: Readonly<Record<string, object>> = {}, more: object = {}): object => {
  const [packageName, ...commandName] = command.split('.');
  uid += 1;
  return {
    uid: String(uid),
    packageName,
    commandName: commandName.join('.'),
    disabled: false,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    ...more,
  };
};

export const text = (string: string): object => ({ type: 'STRING', string });
export const expression = (value: string, type = 'STRING'): object => ({ type, expression: value });
export const into = (variableName: string): object => ({ returnTo: { type: 'VARIABLE', variableName } });

export const callOf = (path: string): object =>
  node('TaskBot.runTask', {
    taskbot: { type: 'TASKBOT', taskbotFile: { type: 'FILE', string: `repository:///${encodeURI(path)}` } },
  });
