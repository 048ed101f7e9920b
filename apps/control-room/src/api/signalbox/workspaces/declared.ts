import { type TObject, Type } from 'typebox';
import type { Objects } from '../../operation.ts';

/* The vendor has no calls for what stands here: its own page does it. */

export const declared = {
  module: 'Workspaces',
  versions: [{ name: '' }],
  provenance: 'extension',
  access: 'caller',
} as const;

export const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' });

export const inWorkspace: { readonly objects: { readonly workspaceId: Objects } } = {
  objects: { workspaceId: { kind: 'workspace', visibleTo: 'shared' } },
};

/** The path parameters of the given names, behind the workspace. */
export const WorkspaceParams = Type.Object({ workspaceId: Type.String({ maxLength: 100 }) });

export function workspaceParams<const Shape extends TObject['properties']>(more: Shape) {
  return Type.Object({ workspaceId: Type.String({ maxLength: 100 }), ...more });
}
