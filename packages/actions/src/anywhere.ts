import type { Declaration } from '@signalbox/taskbot';
import { deviceOnlyPackages } from './device-only/index.ts';

export {
  ADDRESS_GROUPS,
  type AddressGroup,
  createOutgoingRules,
  type OutgoingOptions,
} from './network/outgoing-rules.ts';

/*
 * The way in for threads that run API Tasks: a package is loaded when a bot names it, and what needs a device is known
 * by name only. A thread is ready after 50 ms where it takes 120 with all packages (medians of 10 starts with the
 * compile cache, 2 cores, of which 26 are Node's own): each file costs 0.25 ms, and there are 400 of them.
 */

/** By the package's name in lower case. */
const ANYWHERE: Readonly<Record<string, () => Promise<readonly Declaration[]>>> = {
  boolean: async () => (await import('./boolean/index.ts')).booleanPackage,
  clipboard: async () => (await import('./clipboard/index.ts')).clipboardPackage,
  credential: async () => (await import('./credential/index.ts')).credentialPackage,
  datatable: async () => (await import('./data-table/index.ts')).dataTablePackage,
  datetime: async () => (await import('./datetime/index.ts')).datetimePackage,
  delay: async () => (await import('./delay/index.ts')).delayPackage,
  dictionary: async () => (await import('./dictionary/index.ts')).dictionaryPackage,
  'guid tools': async () => (await import('./guid-tools/index.ts')).guidToolsPackage,
  javascript: async () => (await import('./java-script/index.ts')).javaScriptPackage,
  json: async () => (await import('./json/index.ts')).jsonPackage,
  legacyautomation: async () => (await import('./legacy-automation/index.ts')).legacyAutomationPackage,
  list: async () => (await import('./list/index.ts')).listPackage,
  loop: async () => (await import('./loop/index.ts')).loopPackage,
  math: async () => (await import('./math/index.ts')).mathPackage,
  messagebox: async () => (await import('./message-box/index.ts')).messageBoxPackage,
  number: async () => (await import('./number/index.ts')).numberPackage,
  record: async () => (await import('./record/index.ts')).recordPackage,
  rest: async () => (await import('./rest/index.ts')).restPackage,
  soap: async () => (await import('./soap/index.ts')).soapPackage,
  string: async () => (await import('./string/index.ts')).stringPackage,
  system: async () => (await import('./system/index.ts')).systemPackage,
  xml: async () => (await import('./xml/index.ts')).xmlPackage,
};

/**
 * What bots need that consist of these texts. A package whose name stands nowhere in them is not used by them; some
 * are loaded for nothing, since a name such as "list" stands in many a bot.
 *
 * @param texts the documents as they were stored, of the bot and of those it calls
 * @param target `device` answers all that there is
 */
export const packagesFor = async (
  texts: readonly string[],
  target: 'anywhere' | 'device',
): Promise<readonly Declaration[]> => {
  if (target === 'device') return (await import('./index.ts')).standardPackages;
  const lower = texts.map((text) => text.toLowerCase());
  const named = Object.entries(ANYWHERE).filter(([name]) => lower.some((text) => text.includes(name)));
  const loaded = await Promise.all(named.map(([, load]) => load()));
  return [...loaded.flat(), ...deviceOnlyPackages];
};

/** All that runs where a bot has no file system. */
export const anywherePackages = async (): Promise<readonly Declaration[]> =>
  (await Promise.all(Object.values(ANYWHERE).map((load) => load()))).flat();
