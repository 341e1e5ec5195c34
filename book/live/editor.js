// An editor for a cell: Python's colours and indentation, undo, and nothing that pops up.
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentLess } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { tagHighlighter, tags as t } from "@lezer/highlight";

// The classes of Pygments, so that the colours of the site apply.
const colours = tagHighlighter([
  { tag: t.comment, class: "c1" },
  { tag: [t.keyword, t.operatorKeyword], class: "k" },
  { tag: t.moduleKeyword, class: "kn" },
  { tag: t.string, class: "s2" },
  { tag: t.number, class: "mi" },
  { tag: [t.bool, t.null], class: "kc" },
  { tag: t.function(t.definition(t.variableName)), class: "nf" },
  { tag: t.definition(t.className), class: "nc" },
  { tag: t.operator, class: "o" },
  { tag: t.punctuation, class: "p" },
]);

export function edit(parent, text, { label, run, leave, changed }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        indentUnit.of("    "),
        indentOnInput(),
        bracketMatching(),
        pythonLanguage,
        syntaxHighlighting(colours),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && changed(view.state.doc.toString())),
        keymap.of([
          { key: "Shift-Enter", run: () => (run(), true) },
          { key: "Mod-Enter", run: () => (run(), true) },
          { key: "Escape", run: () => (leave(), true) },
          { key: "Shift-Tab", run: indentLess },
          ...historyKeymap,
          ...defaultKeymap,
        ]),
      ],
    }),
  });
  return { focus: () => view.focus(), remove: () => view.destroy() };
}
