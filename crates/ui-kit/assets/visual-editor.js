// The visual editor of mails: a canvas (GrapesJS with its MJML components) over one MJML source.
//
// The source in the textarea is the only truth. It is taken apart here, shown, and put together
// again; what nobody touches comes back byte for byte. Before the canvas opens, the source is put
// together as if everything had been touched, and compared with what was written: whatever would be
// lost keeps the canvas closed, is listed, and the textarea stays. The server compares once more when
// it saves. Jinja is never understood here, only carried: between elements as blocks, in text as
// marks, in attributes as it is.
//
// The script holds no words: all text comes from the page.
(() => {
  "use strict";

  // --- Jinja -----------------------------------------------------------------------------------

  // After the closing delimiter of code, outside strings and brackets.
  const codeEnd = (text, from, closer) => {
    let depth = 0;
    for (let at = from; at < text.length; at++) {
      const c = text[at];
      if (c === '"' || c === "'") {
        for (at++; at < text.length && text[at] !== c; at++) if (text[at] === "\\") at++;
      } else if (c === closer && depth === 0 && text[at + 1] === "}") return at + 2;
      else if ("([{".includes(c)) depth++;
      else if (")]}".includes(c)) depth--;
    }
    return text.length;
  };
  const after = (text, end, from) => {
    const at = text.indexOf(end, from);
    return at < 0 ? text.length : at + end.length;
  };
  // The end of the Jinja tag that begins at `at`, or 0.
  const jinjaEnd = (text, at) => {
    if (text[at] !== "{") return 0;
    switch (text[at + 1]) {
      case "{":
        return codeEnd(text, at + 2, "}");
      case "#":
        return after(text, "#}", at + 2);
      case "%": {
        const end = codeEnd(text, at + 2, "%");
        if (!/^\{%[-+]?\s*raw\s*[-+]?%\}$/.test(text.slice(at, end))) return end;
        const rest = /\{%[-+]?\s*endraw\s*[-+]?%\}/.exec(text.slice(end));
        return rest ? end + rest.index + rest[0].length : text.length;
      }
      default:
        return 0;
    }
  };
  // A text as its Jinja tags and what stands between them.
  const pieces = (text) => {
    const found = [];
    let from = 0;
    for (let at = text.indexOf("{"); at >= 0; at = text.indexOf("{", at)) {
      const end = jinjaEnd(text, at);
      if (!end) {
        at++;
        continue;
      }
      if (at > from) found.push({ text: text.slice(from, at) });
      found.push({ jinja: true, text: text.slice(at, end) });
      from = at = end;
    }
    if (from < text.length) found.push({ text: text.slice(from) });
    return found;
  };
  const hasJinja = (text) => pieces(text).some((piece) => piece.jinja);
  const label = (jinja) => {
    const inner = jinja.slice(2, -2).replace(/^[-+]|[-+]$/g, "").trim();
    return inner.length > 48 ? `${inner.slice(0, 47)}\u2026` : inner;
  };

  // --- markup ----------------------------------------------------------------------------------

  const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
  const RAW_TEXT = new Set(["mj-style", "style", "mj-title", "mj-preview", "title", "script", "textarea"]);

  const entities = document.createElement("textarea");
  // Only what ends properly: `?a=1&copy=2` is an address.
  const decode = (text) =>
    text.replace(/&(?:#x[0-9a-f]+|#[0-9]+|[a-z][a-z0-9]*);/gi, (entity) => {
      entities.innerHTML = entity;
      return entities.value;
    });
  const outside = (text, change) => pieces(text).map((p) => (p.jinja ? p.text : change(p.text))).join("");
  const decodeValue = (raw) => outside(raw, decode);
  const encodeValue = (value) =>
    outside(value, (text) =>
      text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll("\u00a0", "&nbsp;"),
    );
  const encodeText = (text) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\u00a0", "&nbsp;");

  class Loss extends Error {
    constructor(at, code, detail = "") {
      super(code);
      Object.assign(this, { at, code, detail });
    }
  }

  // The tag that begins at `at`: its name, its attributes as written, where it ends.
  const readTag = (source, at) => {
    const closing = source[at + 1] === "/";
    const name = /^[A-Za-z0-9:-]*/.exec(source.slice(at + (closing ? 2 : 1), at + 80))[0];
    const attributes = [];
    let i = at + (closing ? 2 : 1) + name.length;
    for (;;) {
      while (/\s/.test(source[i] ?? "")) i++;
      if (i >= source.length) throw new Loss(at, "unclosed", name);
      if (source[i] === ">") return { name, closing, attributes, at, end: i + 1, empty: source[i - 1] === "/" };
      if (source[i] === "/") {
        i++;
        continue;
      }
      const jinja = jinjaEnd(source, i);
      if (jinja) throw new Loss(i, "in-tag", source.slice(i, jinja));
      const from = i;
      while (i < source.length && !/[\s=>/]/.test(source[i]) && !jinjaEnd(source, i)) i++;
      const attribute = source.slice(from, i);
      if (jinjaEnd(source, i)) throw new Loss(i, "in-tag", source.slice(i, jinjaEnd(source, i)));
      while (/\s/.test(source[i] ?? "")) i++;
      let value = "";
      if (source[i] === "=") {
        i++;
        while (/\s/.test(source[i] ?? "")) i++;
        const quote = source[i] === '"' || source[i] === "'" ? source[i] : "";
        const start = quote ? ++i : i;
        while (i < source.length && (quote ? source[i] !== quote : !/[\s>]/.test(source[i]))) i = jinjaEnd(source, i) || i + 1;
        value = source.slice(start, i);
        if (quote) i++;
      }
      if (i === from) i++;
      if (attributes.some(([other]) => other === attribute)) throw new Loss(from, "twice", attribute);
      attributes.push([attribute, value]);
    }
  };

  // White space of HTML; a space that does not break is a sign like others.
  const BLANKS = /[ \t\n\f\r]+/g;

  // What a source says, whatever its white space, its order of attributes and its way of writing
  // signs: what two sources have to agree on, with the place of each word.
  const canonical = (source) => {
    const words = [];
    const isMj = (word) => /^<\/?mj/.test(word?.text ?? "");
    let text = "";
    let textAt = 0;
    const flush = (next) => {
      let said = text.replace(BLANKS, " ");
      if (isMj(words.at(-1)) || words.length === 0) said = said.replace(/^ +/, "");
      if (isMj(next) || !next) said = said.replace(/ +$/, "");
      if (said) words.push({ at: textAt, text: said });
      text = "";
    };
    const push = (word) => {
      flush(word);
      words.push(word);
    };
    for (let at = 0; at < source.length; ) {
      const jinja = jinjaEnd(source, at);
      if (jinja) {
        push({ at, text: source.slice(at, jinja) });
        at = jinja;
      } else if (source.startsWith("<!--", at)) {
        const end = after(source, "-->", at);
        push({ at, text: source.slice(at, end) });
        at = end;
      } else if (/^<\/?[A-Za-z]/.test(source.slice(at, at + 3))) {
        const tag = readTag(source, at);
        if (tag.closing) {
          if (!VOID.has(tag.name)) push({ at, text: `</${tag.name}>` });
        } else {
          const attributes = tag.attributes.map(([name, raw]) => `${name}="${canonicalValue(name, raw)}"`).sort();
          push({ at, text: `<${[tag.name, ...attributes].join(" ")}>` });
          if (tag.empty && !VOID.has(tag.name)) push({ at, text: `</${tag.name}>` });
        }
        at = tag.end;
        if (!tag.closing && !tag.empty && RAW_TEXT.has(tag.name)) {
          const end = source.indexOf(`</${tag.name}`, at);
          const until = end < 0 ? source.length : end;
          push({ at, text: source.slice(at, until).replace(BLANKS, " ").trim() });
          at = until;
        }
      } else {
        if (!text) textAt = at;
        const next = /[<{]/.exec(source.slice(at + 1));
        const end = next ? at + 1 + next.index : source.length;
        text += decode(source.slice(at, end));
        at = end;
      }
    }
    flush(undefined);
    return words;
  };
  const canonicalValue = (name, raw) => {
    const value = outside(raw, (text) => decode(text).replace(BLANKS, " ")).trim();
    if (name !== "style" || hasJinja(raw)) return value;
    return value.split(";").map((rule) => rule.split(":").map((side) => side.trim()).join(":")).filter(Boolean).join(";");
  };
  // Where the second source says something else than the first.
  const differences = (first, second) => {
    const [a, b] = [canonical(first), canonical(second)];
    const found = [];
    for (let i = 0; i < Math.max(a.length, b.length) && found.length === 0; i++) {
      if (a[i]?.text === b[i]?.text) continue;
      found.push(new Loss(a[i]?.at ?? first.length, "lost", a[i]?.text ?? b[i]?.text ?? ""));
    }
    return found;
  };

  // --- source to tree --------------------------------------------------------------------------

  const CONTAINERS = new Set(["mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero", "mj-social"]);
  const TEXTS = new Set(["mj-text", "mj-button", "mj-social-element"]);
  const PLAIN = new Set(["mj-image", "mj-divider", "mj-spacer"]);
  // Carried and shown as they are; their source can be edited, but not their insides on the canvas.
  const SEALED = new Set(["mj-raw", "mj-table", "mj-navbar", "mj-carousel", "mj-accordion"]);
  const FORBIDDEN = /<(script|iframe|frame|object|embed|applet|base|form|meta|link|style)\b/i;

  // The end of an element that began with `tag`: where its closing tag begins, and where it ends.
  const closingOf = (source, tag) => {
    let depth = 1;
    for (let at = tag.end; at < source.length; ) {
      const skip = jinjaEnd(source, at) || (source.startsWith("<!--", at) && after(source, "-->", at));
      if (skip) {
        at = skip;
        continue;
      }
      if (source[at] === "<" && /^<\/?[A-Za-z]/.test(source.slice(at, at + 3))) {
        const inner = readTag(source, at);
        if (inner.name === tag.name) depth += inner.closing ? -1 : inner.empty ? 0 : 1;
        if (depth === 0) return [at, inner.end];
        at = inner.end;
      } else at++;
    }
    throw new Loss(tag.at, "unclosed", tag.name);
  };

  // Nodes up to the closing tag of `parent`, or to the end of the source.
  const readChildren = (source, from, parent) => {
    const nodes = [];
    let lead = "";
    for (let at = from; at < source.length; ) {
      const jinja = jinjaEnd(source, at);
      const comment = source.startsWith("<!--", at) && after(source, "-->", at);
      if (jinja || comment) {
        const end = jinja || comment;
        nodes.push({ kind: jinja ? "jinja" : "note", at, lead, source: source.slice(at, end) });
        [lead, at] = ["", end];
      } else if (source[at] === "<") {
        const tag = readTag(source, at);
        if (tag.closing) {
          if (tag.name !== parent) throw new Loss(at, "closes", tag.name);
          return { nodes, tail: lead, close: source.slice(at, tag.end), end: tag.end };
        }
        const node = readElement(source, tag, lead);
        nodes.push(node);
        [lead, at] = ["", node.end];
      } else if (/\s/.test(source[at])) {
        lead += source[at++];
      } else {
        throw new Loss(at, "text", /^[^<{]*/.exec(source.slice(at))[0].trim().slice(0, 40));
      }
    }
    if (parent) throw new Loss(from, "unclosed", parent);
    return { nodes, tail: lead, close: "", end: source.length };
  };

  const readElement = (source, tag, lead) => {
    const { name, at } = tag;
    const open = source.slice(at, tag.end);
    const attributes = Object.fromEntries(tag.attributes.map(([key, raw]) => [key, decodeValue(raw)]));
    const node = { kind: "element", name, at, lead, open, attributes, nodes: [], tail: "", close: "", end: tag.end };
    if (SEALED.has(name)) {
      const end = tag.empty ? tag.end : closingOf(source, tag)[1];
      return { kind: "sealed", name, at, lead, source: source.slice(at, end), end };
    }
    if (!CONTAINERS.has(name) && !TEXTS.has(name) && !PLAIN.has(name)) throw new Loss(at, "element", name);
    if (tag.empty) return node;
    if (CONTAINERS.has(name)) return Object.assign(node, readChildren(source, tag.end, name));
    const [start, end] = closingOf(source, tag);
    const content = source.slice(tag.end, start);
    if (PLAIN.has(name) && content.trim()) throw new Loss(tag.end, "text", content.trim().slice(0, 40));
    const program = FORBIDDEN.exec(content) ?? /<[^>]*\s(on\w+|data-jinja|hx-[\w-]+)\s*=/i.exec(content);
    if (program) throw new Loss(tag.end + program.index, "program", program[1]);
    return Object.assign(node, { content, close: source.slice(start, end), end });
  };

  // The whole document: the body as a tree, and what stands around it as it is.
  const read = (source) => {
    let at = 0;
    while (at < source.length && !/^<mj-body[\s/>]/.test(source.slice(at, at + 9))) {
      at = jinjaEnd(source, at) || (source.startsWith("<!--", at) && after(source, "-->", at)) || at + 1;
    }
    if (at >= source.length) throw new Loss(0, "no-body");
    const before = source.slice(0, at);
    const include = before.indexOf("<mj-include");
    if (include >= 0) throw new Loss(include, "element", "mj-include");
    const body = readElement(source, readTag(source, at), "");
    return { before, body, after: source.slice(body.end) };
  };

  // --- text as it is shown ---------------------------------------------------------------------

  const chip = (jinja) => `<span data-jinja="${escapeAll(jinja)}" contenteditable="false">${escapeAll(label(jinja))}</span>`;
  const escapeAll = (text) => encodeText(text).replaceAll('"', "&quot;");
  const inert = document.implementation.createHTMLDocument("");
  const parsed = (html) => {
    const holder = inert.createElement("div");
    holder.innerHTML = html;
    return holder;
  };

  // Content as HTML that a browser can edit: Jinja in running text becomes marks, in attributes it is
  // written so that no quote of it ends the value.
  const display = (content) => {
    let html = "";
    for (let at = 0; at < content.length; ) {
      const jinja = jinjaEnd(content, at);
      if (jinja) {
        html += chip(content.slice(at, jinja));
        at = jinja;
      } else if (content.startsWith("<!--", at)) {
        const end = after(content, "-->", at);
        html += content.slice(at, end);
        at = end;
      } else if (/^<\/?[A-Za-z]/.test(content.slice(at, at + 3))) {
        const tag = readTag(content, at);
        const attributes = tag.attributes.map(([name, raw]) => ` ${name}="${escapeAll(decodeValue(raw))}"`).join("");
        html += tag.closing ? `</${tag.name}>` : `<${tag.name}${attributes}>`;
        at = tag.end;
      } else {
        html += content[at] === "<" ? "&lt;" : content[at];
        at++;
      }
    }
    return parsed(html).innerHTML;
  };

  // And back.
  const written = (html) => [...parsed(html).childNodes].map(writeNode).join("");
  const writeNode = (node) => {
    if (node.nodeType === 3) return outside(node.data.replaceAll("\u200b", ""), encodeText);
    if (node.nodeType === 8) return `<!--${node.data}-->`;
    if (node.nodeType !== 1) return "";
    if (node.dataset.jinja !== undefined) return node.dataset.jinja;
    const name = node.localName;
    const attributes = [...node.attributes].map((a) => ` ${a.name}="${encodeValue(a.value)}"`).join("");
    if (VOID.has(name)) return `<${name}${attributes} />`;
    return `<${name}${attributes}>${[...node.childNodes].map(writeNode).join("")}</${name}>`;
  };

  // --- tree to source --------------------------------------------------------------------------

  const openTag = (name, attributes, empty) => {
    const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${encodeValue(String(value))}"`);
    return `<${name}${all.join("")}${empty ? " />" : ">"}`;
  };

  // `verbatim` gives untouched parts back as they were; without it everything is written anew.
  const writeTree = (node, verbatim) => {
    if (node.kind !== "element") return node.lead + node.source;
    const open = verbatim ? node.open : openTag(node.name, node.attributes, !node.close);
    const content = node.content === undefined ? "" : verbatim ? node.content : written(display(node.content));
    return node.lead + open + content + node.nodes.map((child) => writeTree(child, verbatim)).join("") + node.tail + node.close;
  };

  // What would be lost by opening this source, the first of each kind; nothing means that it can be
  // opened.
  const losses = (source) => {
    try {
      const doc = read(source);
      return differences(source, doc.before + writeTree(doc.body, false) + doc.after);
    } catch (loss) {
      if (loss instanceof Loss) return [loss];
      throw loss;
    }
  };
  const lineOf = (source, at) => source.slice(0, at).split("\n").length;

  // --- the page --------------------------------------------------------------------------------

  const start = (root) => {
    const config = JSON.parse(root.dataset.visual);
    const words = config.words;
    const area = document.getElementById(config.body);
    const source = area.value;
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
    const found = losses(source);
    if (found.length > 0) return refuse(root, words, source, found, fill);

    const doc = read(source);
    const form = area.form;
    const hidden = (name, value) => {
      const input = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      input.setAttribute("form", form.id);
      root.append(input);
    };
    hidden("opened", source);
    hidden("reopened", doc.before + writeTree(doc.body, false) + doc.after);
    const store = (text) => {
      if (text === area.value) return;
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    };
    root.dataset.state = "open";
    // A window that changes its width goes on with what is in the source by then.
    const narrowed = matchMedia("(max-width: 767px)");
    let reopen = null;
    const show = () => {
      root.querySelector("[data-visual-texts]").hidden = !narrowed.matches;
      if (narrowed.matches) narrow(root, read(area.value), store, config);
      else if (reopen) reopen(read(area.value));
      else reopen = canvas(root, read(area.value), store, config);
    };
    narrowed.addEventListener("change", show);
    show();
  };

  // The canvas stays closed: what would be lost, and where.
  const refuse = (root, words, source, found, fill) => {
    const list = root.querySelector("[data-visual-losses]");
    for (const { at, code, detail } of found) {
      const item = document.createElement("li");
      item.textContent = fill(words.losses[code], { line: lineOf(source, at), detail });
      list.append(item);
    }
    root.querySelector("[data-visual-refused]").hidden = false;
    root.dataset.state = "refused";
  };

  // --- texts only, where a canvas has no room ----------------------------------------------------

  const narrow = (root, doc, store, config) => {
    const holder = root.querySelector("[data-visual-texts]");
    for (const old of holder.querySelectorAll(".visual-text")) old.remove();
    const texts = [];
    const collect = (node) => {
      if (node.content !== undefined && TEXTS.has(node.name)) texts.push(node);
      node.nodes?.forEach(collect);
    };
    collect(doc.body);
    const write = (node) => {
      if (node.kind !== "element") return node.lead + node.source;
      return node.lead + node.open + (node.content ?? "") + node.nodes.map(write).join("") + node.tail + node.close;
    };
    for (const node of texts) {
      const field = document.createElement("div");
      field.className = "input visual-text";
      field.contentEditable = "true";
      field.setAttribute("role", "textbox");
      field.setAttribute("aria-multiline", "true");
      field.setAttribute("aria-label", config.names[node.name]);
      field.innerHTML = display(node.content);
      prepareTyping(field);
      field.addEventListener("input", (event) => {
        event.stopPropagation();
        node.content = written(field.innerHTML);
        store(doc.before + write(doc.body) + doc.after);
      });
      holder.append(field);
    }
  };

  // Line breaks are line breaks, and what is pasted is text.
  const prepareTyping = (element) => {
    const own = element.ownerDocument;
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      own.execCommand("insertLineBreak");
    });
    element.addEventListener("paste", (event) => {
      event.preventDefault();
      const text = event.clipboardData.getData("text/plain");
      own.execCommand("insertHTML", false, text.split(/\r?\n/).map((line) => outsideAsChips(line)).join("<br>"));
    });
  };
  const outsideAsChips = (text) => pieces(text).map((p) => (p.jinja ? chip(p.text) : encodeText(p.text))).join("");

  // --- the canvas ------------------------------------------------------------------------------

  const FRAME_STYLE = `
    body { margin: 0; background: #fff; color-scheme: light; }
    [data-jinja] { padding: 0 .3em; border-radius: 4px; background: rgb(20 120 150 / .14); box-shadow: inset 0 0 0 1px rgb(20 120 150 / .45); font-size: .92em; overflow-wrap: anywhere; }
    .visual-mark { display: block; margin: 2px 0; padding: 3px 8px; font: 12px/18px ui-monospace, Menlo, Consolas, monospace; text-align: left; color: #24424d; background: #e5f1f4; border-left: 3px solid #3d8ea3; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .visual-mark-note { color: #555; background: #f1f1f1; border-color: #aaa; }
    .visual-mark-sealed { color: #4b3b12; background: #fbf3dc; border-color: #b8922f; white-space: pre-wrap; max-height: 110px; }
    [contenteditable="true"] { outline: 2px solid #2c7a8c; outline-offset: 2px; cursor: text; min-height: 1em; }
    * { box-sizing: border-box; }
  `;
  const NO_IMAGE =
    "data:image/svg+xml," +
    encodeURIComponent(
      '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="220" viewBox="0 0 600 220"><path fill="#e9edef" d="M0 0h600v220H0z"/><g fill="none" stroke="#8a979d" stroke-width="4"><rect x="255" y="70" width="90" height="76" rx="8"/><path d="m262 138 24-26 18 18 14-12 20 20"/><circle cx="320" cy="92" r="7"/></g></svg>',
    );

  const canvas = (root, doc, store, config) => {
    const { words, names } = config;
    const place = root.querySelector("[data-visual-canvas]");
    const panel = document.querySelector("[data-visual-panel]");
    const outline = root.querySelector("[data-visual-outline]");

    // Nothing of Jinja reaches MJML: an attribute that holds some is shown without it.
    const shownAttributes = (model) => {
      const shown = {};
      for (const [key, value] of Object.entries(model.get("attributes") ?? {})) {
        if (["id", "class", "style"].includes(key) || value === "" || hasJinja(String(value))) continue;
        shown[key] = String(value).replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
      }
      const name = model.get("type");
      if (name === "mj-image" && !shown.src) shown.src = NO_IMAGE;
      if (name === "mj-button") shown.href = "#";
      delete shown.target;
      return shown;
    };
    const head = /<mj-head[\s\S]*<\/mj-head\s*>/.exec(doc.before)?.[0] ?? "";
    const shownHead = outside(head.replace(/<mj-(title|preview|font)\b[\s\S]*?(\/>|<\/mj-\1\s*>)/g, "").replace(/<mj-raw[\s\S]*?<\/mj-raw\s*>/g, ""), (text) => text)
      .split(/(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\})/)
      .filter((_, i) => i % 2 === 0)
      .join("");
    const headStyles = [...shownHead.matchAll(/<mj-style[^>]*>([\s\S]*?)<\/mj-style/g)].map((m) => m[1]).join("\n");

    const types = (editor, { opt }) => {
      const convert = opt.mjmlParser;
      opt.mjmlParser = (mjml) => {
        const whole = mjml.replace(/^<mjml>/, `<mjml>${shownHead}`);
        return convert(whole, { fonts: {}, validationLevel: "skip", keepComments: false, useMjmlConfigOptions: false });
      };
      const model = {
        init() {},
        handleStyleChange() {},
        handleAttributeChange() {},
        getMjmlAttributes() {
          return shownAttributes(this);
        },
        isHidden: () => false,
      };
      for (const name of [...CONTAINERS, ...TEXTS, ...PLAIN]) {
        const defaults = { "style-default": {}, name: names[name], traits: [], stylable: false, resizable: false };
        if (name === "mj-text" || name === "mj-button" || name === "mj-social-element") defaults.editable = true;
        editor.Components.addType(name, { model: { ...model, defaults } });
      }
      editor.Components.addType("mj-column", {
        view: {
          getMjmlTemplate() {
            const parent = this.model.parent();
            const others = parent.components().filter((other) => other !== this.model && other.get("type") === "mj-column");
            const more = "<mj-column></mj-column>".repeat(others.length);
            const inGroup = parent.get("type") === "mj-group";
            const [open, close] = inGroup ? ["<mj-section><mj-group>", "</mj-group></mj-section>"] : ["<mj-section>", "</mj-section>"];
            return { start: `<mjml><mj-body>${open}`, end: `${more}${close}</mj-body></mjml>` };
          },
          getTemplateFromEl(el) {
            const inGroup = this.model.parent().get("type") === "mj-group";
            return el.querySelector(`table > tbody > tr > td > div${inGroup ? " > div" : ""}`);
          },
          render() {
            this.renderAttributes();
            const result = this.getTemplateFromMjml();
            this.el.innerHTML = result.content;
            this.$el.attr(result.attributes);
            addStyle(editor.Canvas.getDocument(), result.style);
            this.getChildrenContainer().innerHTML = "";
            this.renderChildren();
            this.updateStatus();
            this.postRender();
            return this;
          },
          renderStyle() {},
          rerender() {
            this.render();
          },
        },
      });
      editor.Components.addType("mj-group", {
        view: {
          getMjmlTemplate: () => ({ start: "<mjml><mj-body><mj-section>", end: "</mj-section></mj-body></mjml>" }),
          getTemplateFromEl: (el) => el.querySelector("table > tbody > tr > td").innerHTML,
        },
      });
      editor.Components.addType("mj-image", { view: { onActive: () => chooseImage() } });
      for (const [type, cls] of [["jinja", ""], ["note", " visual-mark-note"], ["sealed", " visual-mark-sealed"]]) {
        const sealed = type === "sealed";
        editor.Components.addType(type, {
          isComponent: () => false,
          model: {
            defaults: {
              source: "",
              name: names[type],
              editable: false,
              droppable: false,
              stylable: false,
              traits: [],
              highlightable: false,
              draggable: sealed ? '[data-gjs-type="mj-column"], [data-gjs-type="mj-hero"], [data-gjs-type="mj-body"]' : false,
              copyable: sealed,
              removable: sealed || type === "note",
            },
          },
          view: {
            tagName: "div",
            init() {
              this.listenTo(this.model, "change:source", this.render);
            },
            render() {
              this.renderAttributes();
              const mark = this.el.ownerDocument.createElement("span");
              mark.className = `visual-mark${cls}`;
              mark.textContent = this.model.get("source");
              this.el.replaceChildren(mark);
              this.postRender();
              return this;
            },
          },
        });
      }
    };

    const styles = new WeakMap();
    const addStyle = (own, style) => {
      const known = styles.get(own) ?? new Set();
      styles.set(own, known);
      if (!style || known.has(style)) return;
      known.add(style);
      const element = own.createElement("style");
      element.textContent = style;
      own.head.append(element);
    };

    const mjml = globalThis["grapesjs-mjml"].default ?? globalThis["grapesjs-mjml"];
    const editor = globalThis.grapesjs.init({
      container: place,
      height: "100%",
      width: "auto",
      storageManager: false,
      telemetry: false,
      cssIcons: "",
      noticeOnUnload: false,
      avoidInlineStyle: false,
      showOffsets: false,
      showDevices: false,
      protectedCss: "",
      baseCss: FRAME_STYLE,
      panels: { defaults: [] },
      blockManager: { custom: true },
      styleManager: { custom: true },
      selectorManager: { custom: true },
      traitManager: { custom: true },
      layerManager: { custom: true },
      assetManager: { custom: true },
      deviceManager: {
        default: "desktop",
        devices: [
          { id: "desktop", name: "desktop", width: "" },
          { id: "tablet", name: "tablet", width: "600px", widthMedia: "9999px" },
          { id: "phone", name: "phone", width: "375px", widthMedia: "9999px" },
        ],
      },
      plugins: [
        (made) =>
          mjml(made, {
            blocks: [],
            resetBlocks: true,
            resetStyleManager: false,
            resetDevices: false,
            useCustomTheme: false,
            columnsPadding: "",
            fonts: {},
            customComponents: [types],
          }),
      ],
    });

    // --- text

    let typing = null;
    const bar = root.querySelector("[data-visual-bar]");
    editor.setCustomRte({
      enable(element) {
        element.contentEditable = "true";
        if (!element.dataset.visualTyping) {
          element.dataset.visualTyping = "1";
          prepareTyping(element);
          element.addEventListener("input", () => save());
        }
        element.focus();
        typing = element;
        bar.toggleAttribute("data-typing", true);
        return { element };
      },
      disable(element) {
        element.contentEditable = "false";
        element.removeAttribute("contenteditable");
        if (typing === element) typing = null;
        bar.toggleAttribute("data-typing", false);
      },
      getContent: (element) => element.innerHTML,
      parseContent: false,
    });
    // A press on the tools must not end the typing.
    for (const tools of [bar, panel]) tools.addEventListener("mousedown", (event) => typing && event.stopPropagation());

    const command = (name, value) => {
      if (!typing) return;
      typing.focus();
      typing.ownerDocument.execCommand("styleWithCSS", false, false);
      typing.ownerDocument.execCommand(name, false, value);
      save();
    };

    // --- tree and components

    const component = (node) => {
      const { lead } = node;
      if (node.kind !== "element") return { type: node.kind, source: node.source, sealed: node.name, mj: { lead } };
      const mj = { lead, open: node.open, tail: node.tail, close: node.close, attributes: JSON.stringify(node.attributes) };
      const made = { type: node.name, tagName: node.name, attributes: { ...node.attributes }, mj };
      if (TEXTS.has(node.name)) {
        mj.content = node.content ?? "";
        mj.shown = display(mj.content);
        made.content = mj.shown;
      } else {
        made.components = node.nodes.map(component);
      }
      return made;
    };
    const snippet = (mjml) => {
      const { nodes } = readChildren(mjml, 0, "");
      // New elements are indented where they land.
      const fresh = (node) => {
        delete node.lead;
        node.nodes?.forEach(fresh);
      };
      nodes.forEach(fresh);
      return nodes.map(component);
    };
    const attributesOf = (model) => {
      const { id, class: _, style, ...own } = model.get("attributes") ?? {};
      void id;
      void style;
      return Object.fromEntries(Object.entries(own).filter(([key]) => !key.startsWith("data-gjs")));
    };
    const write = (model, depth) => {
      const type = model.get("type");
      const mj = model.get("mj") ?? {};
      const lead = mj.lead ?? `\n${"  ".repeat(depth)}`;
      if (type === "jinja" || type === "note" || type === "sealed") return lead + model.get("source");
      const attributes = attributesOf(model);
      const children = TEXTS.has(type) ? [] : model.components().models.filter((child) => child.get("type") !== "textnode");
      const content = !TEXTS.has(type)
        ? ""
        : typing && model.view?.getChildrenContainer?.() === typing
          ? textOf(model, typing.innerHTML)
          : textOf(model, model.get("content") ?? "");
      const same = mj.open && JSON.stringify(attributes) === mj.attributes;
      const empty = PLAIN.has(type) ? !mj.close : same && !mj.close && !children.length && !content;
      const open = same && (empty || mj.close || !mj.open.endsWith("/>")) ? mj.open : openTag(type, attributes, empty);
      const inside = children.map((child) => write(child, depth + 1)).join("");
      const tail = children.length ? mj.tail || `\n${"  ".repeat(depth)}` : (mj.tail ?? "");
      return lead + open + content + inside + (TEXTS.has(type) || PLAIN.has(type) ? "" : tailFor(mj, children, tail)) + (empty ? "" : mj.close || `</${type}>`);
    };
    const tailFor = (mj, children, tail) => (children.every((child) => child.get("mj")?.lead === "") ? (mj.tail ?? "") : tail);
    const textOf = (model, shown) => {
      const { content, shown: before } = model.get("mj") ?? {};
      return shown === before ? content : written(shown);
    };
    const body = () => editor.getWrapper().find('[data-gjs-type="mj-body"]')[0] ?? editor.getWrapper().findType("mj-body")[0];
    const save = () => {
      const root = body();
      if (root) store(doc.before + write(root, 1).replace(/^\s+(?=<mj-body)/, "") + doc.after);
    };

    // --- the panel: settings of what is selected

    const control = (field, value, change) => {
      const id = `visual-${field.name}`;
      const holder = document.createElement("div");
      holder.className = "field";
      const caption = Object.assign(document.createElement("label"), { htmlFor: id, textContent: field.label });
      caption.className = "field-label";
      let input;
      if (field.options) {
        input = document.createElement("select");
        input.className = "input select";
        const options = field.options.some(([option]) => option === value) ? field.options : [[value, value || words.unset], ...field.options];
        for (const [option, text] of options) input.append(new Option(text, option, false, option === value));
      } else if (field.kind === "source") {
        input = Object.assign(document.createElement("textarea"), { rows: 8, value, spellcheck: false });
        input.className = "input textarea visual-source";
      } else {
        input = Object.assign(document.createElement("input"), { type: "text", value, placeholder: field.hint ?? "", autocomplete: "off" });
        input.className = "input";
      }
      input.id = id;
      input.addEventListener("change", (event) => {
        event.stopPropagation();
        change(input.value.trim());
      });
      input.addEventListener("input", (event) => event.stopPropagation());
      holder.append(caption);
      if (field.kind === "color") {
        const row = document.createElement("div");
        row.className = "visual-color";
        const swatch = Object.assign(document.createElement("input"), { type: "color", value: /^#[0-9a-f]{6}$/i.test(value) ? value : "#000000" });
        swatch.setAttribute("aria-label", field.label);
        swatch.addEventListener("input", (event) => event.stopPropagation());
        swatch.addEventListener("change", (event) => {
          event.stopPropagation();
          input.value = swatch.value;
          change(swatch.value);
        });
        row.append(swatch, input);
        holder.append(row);
      } else holder.append(input);
      if (field.kind === "link") {
        const merge = document.createElement("select");
        merge.className = "input select";
        merge.setAttribute("aria-label", words.insertField);
        merge.append(new Option(words.insertField, ""));
        for (const { label: text, code } of config.merge) merge.append(new Option(text, code));
        merge.addEventListener("change", (event) => {
          event.stopPropagation();
          if (!merge.value) return;
          const at = input.selectionStart ?? input.value.length;
          input.value = input.value.slice(0, at) + merge.value.replace(/\s*\}\}$/, merge.value.includes("_url") ? " }}" : " | urlencode }}") + input.value.slice(at);
          merge.value = "";
          change(input.value);
        });
        holder.append(merge);
      }
      return holder;
    };

    const button = (text, act, danger) => {
      const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
      made.className = `btn btn-small ${danger ? "btn-danger" : "btn-secondary"}`;
      made.addEventListener("click", act);
      return made;
    };

    const fieldsOf = (type) => config.fields[type] ?? [];
    const showPanel = () => {
      const model = editor.getSelected();
      panel.replaceChildren();
      panel.hidden = !model || !names[model.get("type")];
      if (panel.hidden) return;
      const type = model.get("type");
      const title = Object.assign(document.createElement("h2"), { textContent: names[type] });
      panel.append(title);
      if (type === "sealed" || type === "note" || type === "jinja") {
        if (type === "sealed") {
          panel.append(
            control({ name: "source", label: words.source, kind: "source" }, model.get("source"), (value) => {
              try {
                const { nodes } = readChildren(value, 0, "");
                if (nodes.length === 1 && nodes[0].kind === "sealed") model.set("source", value);
              } catch (loss) {
                if (!(loss instanceof Loss)) throw loss;
                showPanel();
              }
            }),
          );
        } else {
          const code = document.createElement("code");
          code.textContent = model.get("source");
          const note = Object.assign(document.createElement("p"), { className: "muted", textContent: words.carried });
          panel.append(code, note);
        }
      } else {
        if (TEXTS.has(type)) panel.append(button(words.editText, () => model.trigger("active", { stopPropagation() {} })));
        if (type === "mj-image") panel.append(button(words.chooseImage, chooseImage));
        const attributes = model.get("attributes");
        for (const field of fieldsOf(type)) {
          panel.append(
            control(field, String(attributes[field.name] ?? ""), (value) => {
              const next = { ...model.get("attributes") };
              if (value) next[field.name] = value;
              else delete next[field.name];
              model.set("attributes", next);
            }),
          );
        }
      }
      const row = document.createElement("div");
      row.className = "btn-row";
      if (model.get("removable") && type !== "mj-body") {
        const siblings = () => model.collection;
        const move = (by) => {
          const at = siblings().indexOf(model) + by;
          if (at < 0 || at >= siblings().length) return;
          const parent = model.parent();
          model.move(parent, { at: by > 0 ? at + 1 : at });
          editor.select(model);
        };
        row.append(button(words.up, () => move(-1)), button(words.down, () => move(1)));
        if (model.get("copyable"))
          row.append(
            button(words.duplicate, () => {
              const copy = model.clone();
              const [added] = [].concat(model.parent().append(copy, { at: siblings().indexOf(model) + 1 }));
              editor.select(added);
            }),
          );
        row.append(
          button(
            words.remove,
            () => {
              const next = model.parent();
              model.remove();
              editor.select(next);
            },
            true,
          ),
        );
      }
      panel.append(row);
    };

    // --- images

    const dialog = document.getElementById(config.imageDialog);
    const chooseImage = () => {
      const model = editor.getSelected();
      if (!model || model.get("type") !== "mj-image") return;
      const [url, alt] = [dialog.querySelector("[data-visual-src]"), dialog.querySelector("[data-visual-alt]")];
      url.value = model.get("attributes").src ?? "";
      alt.value = model.get("attributes").alt ?? "";
      dialog.showModal();
      url.focus();
    };
    dialog.querySelector("[data-visual-src]").form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const model = editor.getSelected();
      dialog.close();
      if (model?.get("type") !== "mj-image") return;
      const [src, alt] = ["[data-visual-src]", "[data-visual-alt]"].map((field) => dialog.querySelector(field).value.trim());
      model.set("attributes", { ...model.get("attributes"), src, alt });
      showPanel();
    });

    // --- blocks

    const isOuter = (type, sealed) => ["mj-section", "mj-hero", "mj-wrapper"].includes(type) || sealed === "mj-raw";
    const addBlock = (mjml, activate) => {
      const [definition] = snippet(mjml);
      const selected = editor.getSelected();
      let parent = body();
      let at;
      if (isOuter(definition.type)) {
        let top = selected;
        while (top && top.parent() && top.parent() !== parent) top = top.parent();
        if (top?.parent() === parent) at = parent.components().indexOf(top) + 1;
      } else {
        const inner = selected && ["mj-column", "mj-hero"].includes(selected.get("type")) ? selected : selected?.closest('[data-gjs-type="mj-column"], [data-gjs-type="mj-hero"]');
        const target = inner ?? selected?.findType("mj-column")[0] ?? parent.findType("mj-column").at(-1);
        if (target) {
          if (target !== selected && selected?.parent() === target) at = target.components().indexOf(selected) + 1;
          parent = target;
        } else {
          const [section] = [].concat(parent.append(snippet("<mj-section><mj-column></mj-column></mj-section>")));
          parent = section.components().at(0);
        }
      }
      const [added] = [].concat(parent.append(definition, at === undefined ? {} : { at }));
      editor.select(added);
      editor.Canvas.scrollTo(added);
      if (activate && TEXTS.has(added.get("type"))) added.trigger("active", { stopPropagation() {} });
      if (added.get("type") === "mj-image") chooseImage();
    };
    for (const tile of root.querySelectorAll("[data-block]")) {
      const block = editor.Blocks.add(tile.dataset.block, { label: tile.dataset.block, content: () => snippet(tile.dataset.mjml), select: true });
      tile.draggable = true;
      tile.addEventListener("click", () => addBlock(tile.dataset.mjml, true));
      tile.addEventListener("dragstart", (event) => {
        event.dataTransfer.setData("text", "");
        editor.Blocks.startDrag(block, event);
      });
      tile.addEventListener("dragend", () => editor.Blocks.endDrag(false));
    }

    // --- outline: all of it by keyboard

    const showOutline = () => {
      const list = document.createElement("ul");
      const add = (model, into) => {
        const type = model.get("type");
        if (!names[type]) return;
        const item = document.createElement("li");
        const made = button("", () => {
          editor.select(model);
          editor.Canvas.scrollTo(model);
        });
        made.className = "visual-outline-item";
        const text = TEXTS.has(type) ? parsed(model.get("content") ?? "").textContent.trim() : (model.get("source") ?? "");
        made.textContent = text ? `${names[type]}: ${text.slice(0, 40)}` : names[type];
        if (editor.getSelected() === model) made.setAttribute("aria-current", "true");
        item.append(made);
        const children = TEXTS.has(type) ? [] : model.components().models;
        if (children.length) {
          const inner = document.createElement("ul");
          for (const child of children) add(child, inner);
          item.append(inner);
        }
        into.append(item);
      };
      const top = body();
      if (top) add(top, list);
      const focused = outline.contains(document.activeElement);
      outline.replaceChildren(list);
      if (focused) outline.querySelector("[aria-current]")?.focus();
    };

    // --- tools

    const act = {
      undo: () => editor.UndoManager.undo(),
      redo: () => editor.UndoManager.redo(),
      bold: () => command("bold"),
      italic: () => command("italic"),
      underline: () => command("underline"),
      unlink: () => command("unlink"),
    };
    for (const tool of bar.querySelectorAll("[data-tool]")) {
      tool.addEventListener("mousedown", (event) => typing && event.preventDefault());
      tool.addEventListener("click", () => act[tool.dataset.tool]?.());
    }
    for (const device of bar.querySelectorAll("[data-device]")) device.addEventListener("change", () => editor.setDevice(device.value));
    const merge = bar.querySelector("[data-visual-merge]");
    for (const { label: text, code } of config.merge) merge.append(new Option(text, code));
    for (const type of ["input", "change"]) merge.addEventListener(type, (event) => event.stopPropagation());
    merge.addEventListener("change", () => {
      const code = merge.value;
      merge.value = "";
      if (!code || !typing) return;
      command("insertHTML", `${chip(code)}\u200b`);
    });
    // A link for the words that are selected.
    const linkDialog = document.getElementById(config.linkDialog);
    let range = null;
    bar.querySelector("[data-visual-link]").addEventListener("click", () => {
      const selection = typing?.ownerDocument.getSelection();
      if (!selection?.rangeCount) return;
      range = { element: typing, saved: selection.getRangeAt(0).cloneRange() };
      const link = selection.anchorNode?.parentElement?.closest("a");
      linkDialog.querySelector("[data-visual-href]").value = link?.getAttribute("href") ?? "https://";
      linkDialog.showModal();
    });
    linkDialog.addEventListener("mousedown", (event) => event.stopPropagation());
    linkDialog.querySelector("[data-visual-href]").form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      linkDialog.close();
      if (!range || !typing) return;
      const selection = typing.ownerDocument.getSelection();
      selection.removeAllRanges();
      selection.addRange(range.saved);
      const url = linkDialog.querySelector("[data-visual-href]").value.trim();
      if (range.saved.collapsed) command("insertHTML", `<a href="${escapeAll(url)}">${escapeAll(url)}</a>`);
      else command("createLink", url);
    });

    // --- opening

    const refresh = () => {
      showOutline();
      bar.querySelector('[data-tool="undo"]').disabled = !editor.UndoManager.hasUndo();
      bar.querySelector('[data-tool="redo"]').disabled = !editor.UndoManager.hasRedo();
    };
    const show = ({ body }) => editor.setComponents([{ type: "mjml", tagName: "mjml", components: [component(body)] }]);
    editor.on("load", () => {
      show(doc);
      const frame = editor.Canvas.getDocument();
      frame.documentElement.lang = document.documentElement.lang;
      addStyle(frame, headStyles);
      editor.Canvas.getFrameEl().title = words.canvas;
      frame.addEventListener("click", (event) => event.target.closest("a") && event.preventDefault());
      editor.UndoManager.clear();
      refresh();
      let waiting = 0;
      editor.on("update", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => {
          save();
          refresh();
        }, 60);
      });
      editor.on("component:selected component:deselected", () => {
        showPanel();
        showOutline();
      });
      editor.on("undo redo", showPanel);
      root.dataset.ready = "";
    });
    // What is being typed is part of what is saved.
    document.getElementById(config.body).form.addEventListener("submit", save, true);
    return show;
  };

  // For tests of the round trip alone.
  globalThis.visualSource = { losses, read, writeTree, canonical, differences, display, written };

  const begin = () => document.querySelectorAll("[data-visual]").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
