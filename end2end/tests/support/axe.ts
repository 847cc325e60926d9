// What axe says of a page.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from './test';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds, as lines that name rule and element. */
export async function faults(page: Page): Promise<string[]> {
  // A mail's frame runs nothing, axe neither: it is taken away once its name was looked at.
  await page.evaluate(() => {
    for (const frame of document.querySelectorAll('iframe[sandbox]')) if (frame.getAttribute('title')) frame.remove();
  });
  const { violations } = await new AxeBuilder({ page }).options({ runOnly: RULES, resultTypes: ['violations'] }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`));
}
