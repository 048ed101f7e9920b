import { Type } from 'typebox';
import type { Asset } from '../../../domain/assets/index.ts';
import type { Domain } from '../../../domain/index.ts';
import type { CallFacts } from '../../operation.ts';
import { linkTo } from '../links.ts';
import { inWorkspace, v1 } from '../wire.ts';

/* Contract robocorp §4.10 and, the same with a running robot's token, §8.6. */

export const declared = { module: 'Assets', versions: v1, provenance: 'documented' } as const;

export const reads = { workspace: 'Assets.read_asset_storage_assets' } as const;
export const writes = { workspace: 'Assets.write_asset_storage_assets' } as const;

/** `{asset}` is an id, or `name:<name>`. */
export const assetParams = inWorkspace('asset');

export const AssetName = Type.Object({ id: Type.String(), name: Type.String() });

export const AssetShown = Type.Object({
  id: Type.String(),
  name: Type.String(),
  payload: Type.Union([
    Type.Object({ type: Type.Literal('empty') }),
    Type.Object({ type: Type.Literal('url'), content_type: Type.String(), url: Type.String() }),
  ]),
});

export async function render(asset: Asset, facts: Pick<CallFacts, 'headers'>, domain: Domain): Promise<object> {
  const { id, name, contentType } = asset;
  if (contentType === null) return { id, name, payload: { type: 'empty' } };
  const url = await linkTo(domain.assets.contentTicket(id), facts, domain);
  return { id, name, payload: { type: 'url', content_type: contentType, url } };
}
