// A whole list by pages. As client-go/tools/pager ListPager (v0.32): where the token of the next page has expired, the list
// is asked for once more in one piece, since a second token may expire as well.
import { ApiError } from './api-error.ts';
import type { ObjectList, Query } from './api-server.ts';
import { elementsOf, fieldsOf, textOf } from './fields.ts';

export async function listAll(page: (query: Query) => Promise<unknown>, pageSize: number): Promise<ObjectList> {
  const items: unknown[] = [];
  const first = await page({ limit: pageSize });
  append(items, first);
  for (let token = tokenOf(first); token !== undefined; ) {
    let next: unknown;
    try {
      next = await page({ limit: pageSize, continue: token });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 410)) throw error;
      const whole = await page({});
      return listOf(whole, elementsOf(fieldsOf(whole).items));
    }
    append(items, next);
    token = tokenOf(next);
  }
  return listOf(first, items);
}

function append(items: unknown[], list: unknown): void {
  for (const item of elementsOf(fieldsOf(list).items)) items.push(item);
}

function tokenOf(list: unknown): string | undefined {
  return textOf(fieldsOf(fieldsOf(list).metadata).continue);
}

function listOf(list: unknown, items: readonly unknown[]): ObjectList {
  const { kind, apiVersion, metadata } = fieldsOf(list);
  return {
    kind: textOf(kind),
    apiVersion: textOf(apiVersion),
    items,
    resourceVersion: textOf(fieldsOf(metadata).resourceVersion),
  };
}
