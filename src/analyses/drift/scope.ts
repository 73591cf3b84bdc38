// Which service ports are asked about.
import type { ServicePortName } from '../../proxiers/service-ports.ts';

export type Scope = (name: ServicePortName) => boolean;
