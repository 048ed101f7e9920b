import type { PageElement } from '../browser/element.ts';

/**
 * A property of an element as captures name it: `HTML InnerText`, `HTML ID`, `Value` … Runs inside the page, so it uses
 * nothing from around it. Names that are none of these are attributes of the element.
 */
export const propertyIn = (element: PageElement, name: string): string => {
  const wanted = name
    .trim()
    .toLowerCase()
    .replace(/^html /, '')
    .replaceAll(' ', '');
  // What a person sees, not what is written.
  // biome-ignore lint/performance/useDomNodeTextContent: hidden parts are no text of it
  const text = () => element.innerText ?? element.textContent ?? '';
  switch (wanted) {
    case '':
      return element.value ?? text();
    case 'tag':
      return element.tagName;
    case 'innertext':
    case 'text':
      return text().trim();
    case 'value':
      return element.value ?? text().trim();
    case 'class':
    case 'classname':
      return element.getAttribute('class') ?? '';
    case 'checked':
    case 'ischecked':
      return String(element.checked === true);
    case 'selectedtext':
      return element.options?.[element.selectedIndex ?? -1]?.text ?? '';
    default:
      return element.getAttribute(wanted) ?? '';
  }
};
