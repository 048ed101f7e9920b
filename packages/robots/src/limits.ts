import type { ArchiveLimits } from '@signalbox/archives';

/** How much a robot may hold. Far above any robot seen; a prebuilt environment inside is the largest part of those. */
export interface RobotLimits extends ArchiveLimits {
  /** Of robot.yaml, and of an environment file. */
  readonly yamlBytes: number;
}

export const DEFAULT_ROBOT_LIMITS: RobotLimits = {
  files: 50_000,
  fileBytes: 1024 ** 3,
  totalBytes: 4 * 1024 ** 3,
  yamlBytes: 1_000_000,
  ratio: 200,
  freeOfRatio: 10_000_000,
};
