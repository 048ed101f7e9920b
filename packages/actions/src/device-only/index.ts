import { BotError, type Declaration } from '@signalbox/taskbot';
import { DEVICE_ONLY, type DeviceOnlyName } from './names.ts';

/**
 * Stand-ins for what runs on devices only, for a thread that has no device: the checker finds them by name and says so.
 * Nothing of them is ever run, since a bot with such a line is not.
 */
const standInOf = ([kind, packageName, name, gives]: DeviceOnlyName): Declaration => {
  const common = { package: packageName, name, summary: '', runsOn: 'device', since: '' } as const;
  const refuse = (): never => {
    throw new BotError(`${packageName}.${name} runs on devices only.`);
  };
  switch (kind) {
    case 'action':
      return { ...common, kind, attributes: {}, returns: gives, run: refuse };
    case 'condition':
      return { ...common, kind, attributes: {}, test: refuse };
    case 'iterator':
      return { ...common, kind, attributes: {}, yields: gives, iterate: refuse };
    case 'function':
      return { ...common, kind, returns: gives, apply: refuse };
    case 'variable':
      return { ...common, kind, type: gives, read: refuse };
  }
};

export const deviceOnlyPackages: readonly Declaration[] = DEVICE_ONLY.map(standInOf);
