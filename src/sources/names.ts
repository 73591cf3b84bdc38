// The choices of `--source`, apart from what they load.
import type { SourceName } from '../capture/capture.ts';

export const sourceChoices = ['auto', 'proxy-pod', 'debug-pod', 'ssh'] as const satisfies readonly (
  | SourceName
  | 'auto'
)[];
export type SourceChoice = (typeof sourceChoices)[number];
