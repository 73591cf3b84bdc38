// A value that is made when it is first asked for, and then kept: an answer about one Service must not read the rules of
// twenty-five thousand.

export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
