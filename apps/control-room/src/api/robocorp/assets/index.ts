import type { Operation } from '../../operation.ts';
import { createAsset } from './create-asset.ts';
import { deleteAsset } from './delete-asset.ts';
import { getAsset } from './get-asset.ts';
import { listAssets } from './list-assets.ts';
import { createAssetUpload, getAssetUpload } from './uploads.ts';

export const assetOperations: readonly Operation[] = [
  listAssets,
  createAsset,
  getAsset,
  deleteAsset,
  createAssetUpload,
  getAssetUpload,
];
