import { error } from '../../kernel/errors.ts';

/** What a licence lets a user do (contract a §3.3). */
export const LICENSE_FEATURES = [
  'DEVELOPMENT',
  'RUNTIME',
  'ATTENDEDRUNTIME',
  'AARIUSER',
  'DISCOVERYBOTANALYZER',
  'DISCOVERYBOTRECORDER',
  'ANALYTICSCLIENT',
  'ANALYTICSCLIENT_VALUE',
  'ANALYTICSAPI',
] as const;
export type LicenseFeature = (typeof LICENSE_FEATURES)[number];

/** In any letter case, each once. @throws invalid */
export function readLicenseFeatures(names: readonly string[]): LicenseFeature[] {
  const features = names.map((name) => {
    const known = LICENSE_FEATURES.find((feature) => feature === name.trim().toUpperCase());
    if (known) return known;
    throw error('invalid', `There is no licence feature "${name.slice(0, 50)}".`, {
      details: `expected one of ${LICENSE_FEATURES.join(', ')}`,
    });
  });
  return [...new Set(features)];
}
