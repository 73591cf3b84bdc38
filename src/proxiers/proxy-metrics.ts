// What kube-proxy's own metrics say of its syncs. pkg/proxy/metrics/metrics.go, v1.36; from 1.33 each is there once a family.
import { type Capture, sectionOf } from '../capture/capture.ts';

export interface ProxyMetrics {
  /** Seconds since 1970: the last sync that succeeded, of the family that is behind. */
  readonly lastSync: number | undefined;
  /** Seconds since 1970: when a sync was last asked for, of the family where it is newest. */
  readonly lastQueued: number | undefined;
  /** How often iptables-restore failed since kube-proxy started. */
  readonly restoreFailures: number;
  readonly partialRestoreFailures: number;
}

/** `undefined` where the capture has no metrics, or not kube-proxy's. */
export function proxyMetrics(capture: Capture): ProxyMetrics | undefined {
  const section = sectionOf(capture, 'metrics');
  if (section === undefined) return undefined;
  const text = new TextDecoder().decode(section.text);
  if (!text.includes('kubeproxy_sync_proxy_rules_')) return undefined;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const syncs = valuesOf(text, 'last_timestamp_seconds').filter((value) => value > 0);
  const queued = valuesOf(text, 'last_queued_timestamp_seconds').filter((value) => value > 0);
  return {
    lastSync: syncs.length === 0 ? undefined : Math.min(...syncs),
    lastQueued: queued.length === 0 ? undefined : Math.max(...queued),
    restoreFailures: sum(valuesOf(text, 'iptables_restore_failures_total')),
    partialRestoreFailures: sum(valuesOf(text, 'iptables_partial_restore_failures_total')),
  };
}

// kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7e+09
function valuesOf(text: string, name: string): readonly number[] {
  const line = new RegExp(`^kubeproxy_sync_proxy_rules_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm');
  return [...text.matchAll(line)].map(([, value]) => Number(value)).filter(Number.isFinite);
}
