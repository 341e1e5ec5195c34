// An element with attributes and text, at the end of another one if there is one.
export function make(name, parent, attributes = {}, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(text);
  parent?.append(element);
  return element;
}
