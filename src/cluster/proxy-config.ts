// KubeProxyConfiguration: the facts that a saved text does not carry. A ConfigMap's value or the file itself.
// kubeproxy.config.k8s.io/v1alpha1.
import { InputError } from '../errors.ts';
import { fieldsOf, nonEmptyTextOf, textOf } from './json.ts';

/** `where` names the file in errors. `undefined` where the configuration does not set it. Throws InputError. */
export async function hostnameOverrideOf(text: string, where: string): Promise<string | undefined> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (cause) {
    throw new InputError('CONFIG_NOT_YAML', `${where} is not YAML`, { cause, hint });
  }
  const config = fieldsOf(value);
  if (textOf(config.kind) !== 'KubeProxyConfiguration') {
    throw new InputError('CONFIG_KIND', `${where} is no KubeProxyConfiguration`, { hint });
  }
  return nonEmptyTextOf(config.hostnameOverride);
}

const hint =
  "kubectl get configmap -n kube-system kube-proxy -o jsonpath='{.data.config\\.conf}' prints it in kubeadm clusters";
