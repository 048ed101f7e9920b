import { action, attribute, BotCredential } from '@signalbox/taskbot';

/*
 * A secret from the vault, kept in a variable. It stays a credential: printed as asterisks, readable only by the attributes
 * that take one. Attribute names are [inferred]; the commands are in real files (contract bots §1.16, §1.18).
 */

const kept = (value: BotCredential | string): BotCredential =>
  value instanceof BotCredential ? value : new BotCredential(() => value);

const attributes = {
  credential: attribute.credential({
    required: true,
    alias: ['sourceCredential', 'credentialValue', 'source', 'value', 'valueCV'],
  }),
};

export const readCredential = action({
  package: 'Credential Manager',
  name: 'Read Credential',
  alias: ['readCredential'],
  summary: 'Takes a credential of a locker into a variable.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes,
  returns: 'CREDENTIAL',
  run: (input) => kept(input.credential),
});

export const assignToCredential = action({
  package: 'Credential',
  name: 'assignToCV',
  alias: ['assign'],
  summary: 'Puts a credential or a text into a credential variable.',
  runsOn: 'anywhere',
  since: '0.2.0',
  attributes,
  returns: 'CREDENTIAL',
  run: (input) => kept(input.credential),
});
