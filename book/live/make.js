// An element with attributes and text, at the end of another one if there is one.
export function make(name, parent, attributes = {}, text = "") {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(text);
  parent?.append(element);
  return element;
}

// A chain over several lines, as its author sees it: a sign of relation begins a line.
export const lined = (text) => (/\\begin/.test(text) ? text : `\\begin{aligned}${text.split("\n").map((line) => line.replace(/^\s*(=|<|>|\\(?:le|ge|approx|overset)\b)/, "&$1")).join("\\\\")}\\end{aligned}`);
