import { standardPackages } from '@signalbox/actions';
import type { Declaration } from '@signalbox/taskbot';

/**
 * The names of what runs on devices only, aliases included, as the data from which threads of API Tasks tell "runs on
 * devices only" from "there is no such command", without loading any of it.
 */
export function deviceOnlyNames(): string {
  const rows = standardPackages
    .filter(({ runsOn }) => runsOn === 'device')
    .flatMap((declaration) =>
      [declaration.name, ...('alias' in declaration ? (declaration.alias ?? []) : [])].map(
        (name) => `  [${[declaration.kind, declaration.package, name, givenBy(declaration)].map(quoted).join(', ')}],`,
      ),
    )
    .sort();
  return `import type { Declaration, ValueType } from '@signalbox/taskbot';

// Made from the code by \`npm run docs\`; do not edit.

/** Kind, package, name, and the type of what comes back. */
export type DeviceOnlyName = readonly [Declaration['kind'], string, string, ValueType];

export const DEVICE_ONLY: readonly DeviceOnlyName[] = [
${rows.join('\n')}
];
`;
}

function givenBy(declaration: Declaration): string {
  switch (declaration.kind) {
    case 'action':
    case 'function':
      return declaration.returns ?? 'ANY';
    case 'condition':
      return 'BOOLEAN';
    case 'iterator':
      return declaration.yields;
    case 'variable':
      return declaration.type;
  }
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
