// YAML as `kubectl get -o yaml` writes it: one document or several. The parser is loaded on use, since most files are JSON.

export type YamlTexts =
  | { readonly values: readonly unknown[] }
  | { readonly problem: 'too large'; readonly size: number; readonly limit: number }
  /** `message` is the parser's, one line; `offset` is where in the text, if anywhere. */
  | { readonly problem: 'unexpected'; readonly message: string; readonly offset: number | undefined };

// In characters. The parser needs sixty bytes and half a microsecond for each.
const largest = 32_000_000;

// What `yaml` allows by default: enough for anchors of a human, far from what a bomb of aliases needs.
const maxAliasCount = 100;

/** Empty documents are left out. Anchors may make values shared, or circular. Never rejects. */
export async function readYamlTexts(text: string): Promise<YamlTexts> {
  if (text.length > largest) {
    return { problem: 'too large', size: Math.ceil(text.length / 1e6), limit: largest / 1e6 };
  }
  const { parseAllDocuments } = await import('yaml');
  const values: unknown[] = [];
  let failure: Error | undefined;
  try {
    // uniqueKeys compares every key with every other, which takes hours for one large mapping.
    for (const document of parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })) {
      failure ??= document.errors[0];
      if (failure !== undefined) break;
      values.push(document.toJS({ maxAliasCount }));
    }
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  if (failure !== undefined) return { problem: 'unexpected', message: messageOf(failure), offset: offsetOf(failure) };
  return { values: values.filter((value) => value !== null && value !== undefined) };
}

/** Of a YAMLParseError; failures of aliases have none. */
function offsetOf(failure: Error): number | undefined {
  return 'pos' in failure && Array.isArray(failure.pos) ? failure.pos[0] : undefined;
}

/** The first line; the parser goes down by recursion, and its own words for too deep a text are V8's. */
function messageOf({ message }: Error): string {
  return /call stack/.test(message) ? 'nested too deeply' : (message.split('\n', 1)[0] ?? '');
}
