// Short ways to make elements.

type Attributes = Record<string, string | number | boolean | undefined>;

export function set<E extends Element>(element: E, attributes: Attributes, children: (Node | string)[] = []): E {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  element.append(...children);
  return element;
}

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return set(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  return set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** A button with one of Streamlit's own symbols; its words are the tooltip and the accessible name. */
export function button(symbol: string, words: string, act: () => void): HTMLButtonElement {
  const made = html("button", { type: "button", title: words, "aria-label": words },
    html("span", { class: "symbol", "aria-hidden": "true" }, symbol));
  made.onclick = act;
  return made;
}

export function setPressed(toggle: HTMLButtonElement, on: boolean): void {
  toggle.setAttribute("aria-pressed", String(on));
}

export function debounced(milliseconds: number, act: () => void): () => void {
  let waiting = 0;
  return () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(act, milliseconds);
  };
}
