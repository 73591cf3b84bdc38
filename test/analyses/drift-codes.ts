// The codes that no check of one thing raises: `drift` concludes them from all differences of a node together.
import type { FindingCode } from '../../src/report/catalogue.ts';

export const driftCodes: readonly FindingCode[] = ['KPR204', 'KPR206', 'KPR212', 'KPR306', 'KPR403'];
