// What pages do beyond links and forms. No dependencies; works beside htmx and without it.
//
// Everything is found by data attributes, which the components of ui-kit write. Events are handled
// once at the document, so that what htmx swaps in works at once; the few things that have to be
// prepared are prepared by `enhance`, for the whole page first and for every swapped part later.
// The script holds no words: all text comes from the page.
(() => {
  "use strict";

  const root = document.documentElement;
  const all = (where, selector) => [
    ...(where.matches && where.matches(selector) ? [where] : []),
    ...where.querySelectorAll(selector),
  ];
  const on = (type, handler, capture) => document.addEventListener(type, handler, capture);

  // What this tab remembers; a browser that keeps nothing throws at the question.
  const memory = (() => {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  })();

  // --- preparing -----------------------------------------------------------------------------

  const preparations = [];
  const prepared = new WeakMap();

  // Calls `prepare` once for every element that matches, now or later.
  const each = (selector, prepare) => preparations.push([selector, prepare]);

  const enhance = (where) => {
    for (const [selector, prepare] of preparations) {
      for (const element of all(where, selector)) {
        const done = prepared.get(element) || new Set();
        if (done.has(selector)) continue;
        prepared.set(element, done.add(selector));
        prepare(element);
      }
    }
  };

  // --- dialogs -------------------------------------------------------------------------------

  const open = (dialog) => {
    if (dialog && !dialog.open) dialog.showModal();
  };

  on("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (!dialog) return;
      event.preventDefault();
      opener.closest("details.menu")?.removeAttribute("open");
      open(dialog);
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) {
      const toast = closer.closest("[data-toast]");
      if (toast) leave(toast);
      else closer.closest("dialog")?.close();
      return;
    }
    // A click beside an open dialog hits the dialog itself, since its content is inside.
    if (event.target instanceof HTMLDialogElement && event.target.open) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close("no");
    }
  });

  each("dialog[data-open]", open);

  // --- asking before something happens ---------------------------------------------------------

  const ask = (title, text, button, dangerous, then) => {
    const dialog = document.getElementById("confirm");
    if (!dialog) return then();
    const yes = dialog.querySelector("#confirm-yes");
    dialog.querySelector("#confirm-title").textContent = title;
    dialog.querySelector("#confirm-text").textContent = text || "";
    if (button) yes.textContent = button;
    yes.classList.toggle("btn-danger", dangerous);
    yes.classList.toggle("btn-primary", !dangerous);
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && then(), { once: true });
    open(dialog);
  };

  // In the capturing phase, so that the question comes before htmx sees the form.
  on(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-confirm")) return;
      if (form.dataset.confirmed) {
        delete form.dataset.confirmed;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const { confirm, confirmText, confirmButton } = form.dataset;
      const dangerous = Boolean(event.submitter?.classList.contains("btn-danger"));
      ask(confirm, confirmText, confirmButton, dangerous, () => {
        form.dataset.confirmed = "1";
        form.requestSubmit(event.submitter);
      });
    },
    true,
  );

  on("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, "", "", false, () => event.detail.issueRequest(true));
  });

  // A form is sent once, however often its button is pressed.
  on("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[data-theme-form]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 8000);
  });
  addEventListener("pageshow", () => all(document, "form[data-sent]").forEach((form) => delete form.dataset.sent));

  // --- toasts ----------------------------------------------------------------------------------

  const leave = (toast) => {
    toast.classList.add("is-leaving");
    setTimeout(() => toast.remove(), 180);
  };

  each("[data-toast]", (toast) => {
    const lasting = Number(toast.dataset.toast);
    if (!lasting) return;
    let timer = setTimeout(() => leave(toast), lasting);
    // Whoever reads or reaches for it has all the time in the world.
    for (const type of ["pointerenter", "focusin"]) toast.addEventListener(type, () => clearTimeout(timer));
    for (const type of ["pointerleave", "focusout"])
      toast.addEventListener(type, () => {
        clearTimeout(timer);
        timer = setTimeout(() => leave(toast), 3000);
      });
  });

  const complain = (key) => {
    const region = document.getElementById("toasts");
    const template = document.getElementById("toast-error");
    if (!region || !template) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.querySelector("p").textContent = region.dataset[key];
    region.append(toast);
    enhance(toast);
  };
  on("htmx:responseError", () => complain("failed"));

  // A page that loads itself anew takes along what it has only just said.
  const keepToasts = () => {
    const said = document.getElementById("toasts")?.innerHTML.trim();
    if (said) memory?.setItem("toasts", said);
  };
  const kept = memory?.getItem("toasts");
  if (kept) {
    memory.removeItem("toasts");
    document.getElementById("toasts")?.insertAdjacentHTML("beforeend", kept);
  }

  on("htmx:sendError", () => complain("offline"));

  // --- htmx ------------------------------------------------------------------------------------

  on("htmx:load", (event) => enhance(event.detail.elt || document));
  on("htmx:beforeRequest", (event) => {
    const { target, elt } = event.detail;
    if (target && target !== elt && target !== document.body) target.setAttribute("aria-busy", "true");
  });
  on("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));

  // A list that follows the typing is not asked again when the cursor leaves the field.
  on("change", (event) => event.target.matches("[hx-get] [data-search]") && event.stopPropagation(), true);

  // --- menus -----------------------------------------------------------------------------------

  on("click", (event) => {
    for (const menu of all(document, "details.menu[open]")) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    }
  });
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]") || document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
  // In a table that scrolls, a menu would be cut off: it is put beside its button in the window.
  on(
    "toggle",
    (event) => {
      const menu = event.target;
      if (!(menu instanceof HTMLDetailsElement) || !menu.open || !menu.closest(".table-wrap")) return;
      const list = menu.querySelector(".menu-list");
      const button = menu.getBoundingClientRect();
      const below = button.bottom + 4 + list.offsetHeight < innerHeight;
      list.style.position = "fixed";
      list.style.right = `${root.clientWidth - button.right}px`;
      list.style.top = below ? `${button.bottom + 4}px` : `${button.top - 4 - list.offsetHeight}px`;
      addEventListener("scroll", () => menu.removeAttribute("open"), { once: true, capture: true });
    },
    true,
  );

  // --- copying ---------------------------------------------------------------------------------

  on("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.getAttribute("aria-label");
    button.classList.add("is-copied");
    button.setAttribute("aria-label", button.dataset.copied);
    setTimeout(() => {
      button.classList.remove("is-copied");
      button.setAttribute("aria-label", label);
    }, 1600);
  });

  // --- theme -----------------------------------------------------------------------------------

  on("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    root.dataset.theme = theme;
    const meta = document.querySelector('meta[name="color-scheme"]');
    if (meta) meta.content = theme === "system" ? "light dark" : theme;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
    const body = new URLSearchParams(new FormData(form, event.submitter));
    fetch(form.action, { method: "POST", body }).catch(() => complain("offline"));
  });

  // --- times -----------------------------------------------------------------------------------

  const MINUTE = 60;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  const relative = (at) => {
    const [now, minutes, hours, days, inMinutes, inHours, inDays] = document.body.dataset.times.split("|");
    const seconds = Math.round((Date.now() - at) / 1000);
    const distance = Math.abs(seconds);
    if (distance < MINUTE) return now;
    if (distance >= 30 * DAY) return null;
    const [unit, past, future] =
      distance < HOUR ? [MINUTE, minutes, inMinutes] : distance < DAY ? [HOUR, hours, inHours] : [DAY, days, inDays];
    return (seconds > 0 ? past : future).replace("#", Math.floor(distance / unit));
  };

  setInterval(() => {
    if (!document.body.dataset.times || document.hidden) return;
    for (const time of all(document, "time[data-relative]")) {
      const text = relative(Date.parse(time.dateTime));
      if (text && text !== time.textContent) time.textContent = text;
    }
  }, 30000);

  // --- keys ------------------------------------------------------------------------------------

  let going = 0;

  // j and k go down and up the rows of the list, x selects, Enter opens what the first cell links to.
  const rowKey = (event) => {
    if (!["j", "k", "x", "Enter"].includes(event.key) || Date.now() - going < 1500) return false;
    const rows = all(document, "main .table tbody tr");
    const current = document.querySelector("main .table tbody tr.is-current");
    const at = rows.indexOf(current);
    if (event.key === "j" || event.key === "k") {
      const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
      if (!next) return false;
      current?.classList.remove("is-current");
      next.classList.add("is-current");
      next.querySelector("a, input, button")?.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    } else if (at < 0) {
      return false;
    } else if (event.key === "x") {
      const box = current.querySelector("[data-check]");
      if (!box) return false;
      box.click();
    } else if (event.target.closest("a, button, input, summary")) {
      return false;
    } else {
      current.querySelector("th a, td a")?.click();
    }
    event.preventDefault();
    return true;
  };

  on("keydown", (event) => {
    if (!document.body.hasAttribute("data-shortcuts") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog")) return;
    if (rowKey(event)) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "?") {
      open(document.getElementById("shortcuts"));
    } else if (event.key === "g") {
      going = Date.now();
    } else if (Date.now() - going < 1500) {
      going = 0;
      document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
  });
  on("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
  });

  // --- unsaved changes -------------------------------------------------------------------------

  // Fields may stand outside of their form; what stands in [data-aside] is not saved with it.
  const touch = (event) => {
    const form = event.target.form ?? event.target.closest("form");
    if (form?.matches("[data-save-bar]") && !event.target.closest("[data-aside]")) form.setAttribute("data-dirty", "");
  };
  on("input", touch);
  on("change", touch);
  on("reset", (event) => {
    event.target.removeAttribute("data-dirty");
    setTimeout(() => all(event.target, "[data-tags], .code-input").forEach((input) => input.dispatchEvent(new Event("restore"))));
  });
  on("submit", (event) => event.defaultPrevented || event.target.removeAttribute("data-dirty"));
  on("htmx:beforeRequest", (event) => event.detail.elt.removeAttribute("data-dirty"));
  // A form that came back with errors is as unsaved as it was.
  each("form[data-save-bar]", (form) => {
    if (form.querySelector("[aria-invalid], .alert-danger")) form.setAttribute("data-dirty", "");
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-dirty]")) event.preventDefault();
  });

  each("[data-focus]", (element) => element.focus());

  // --- selecting rows --------------------------------------------------------------------------

  let lastChecked = null;

  const recount = (block) => {
    const boxes = all(block, "[data-check]");
    const checked = boxes.filter((box) => box.checked).length;
    const head = block.querySelector("[data-check-all]");
    if (head) {
      head.checked = checked > 0 && checked === boxes.length;
      head.indeterminate = checked > 0 && checked < boxes.length;
    }
    for (const count of all(block, "[data-check-count]")) count.textContent = checked.toLocaleString(root.lang || undefined);
    if (checked === 0) for (const rest of all(block, ".bulk-bar input[name=all]")) rest.checked = false;
  };

  on("click", (event) => {
    const box = event.target.closest("[data-check]");
    const block = event.target.closest("[data-bulk]");
    if (!block) return;
    if (event.target.closest("[data-check-clear]")) {
      for (const other of all(block, "[data-check]")) other.checked = false;
      recount(block);
      block.querySelector("[data-check-all]")?.focus();
    }
    if (!box) return;
    const boxes = all(block, "[data-check]");
    const [from, to] = [boxes.indexOf(lastChecked), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
    lastChecked = box;
    recount(block);
  });
  on("change", (event) => {
    const block = event.target.closest("[data-bulk]");
    if (!block) return;
    if (event.target.matches("[data-check-all]")) {
      for (const box of all(block, "[data-check]")) box.checked = event.target.checked;
    }
    recount(block);
  });
  // Browsers restore checkboxes when one comes back to a page.
  each("[data-bulk]", recount);
  addEventListener("pageshow", () => all(document, "[data-bulk]").forEach(recount));

  // --- tags ------------------------------------------------------------------------------------

  each("input[data-tags]", (input) => {
    const words = (text) => text.split(/[,\n]/).map((tag) => tag.trim()).filter(Boolean);
    const initial = input.defaultValue;
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: input.name });
    const box = document.createElement("div");
    box.className = "tag-input";
    const required = input.required;
    let tags = words(input.value);

    const show = () => {
      for (const chip of all(box, ".chip")) chip.remove();
      for (const tag of tags) {
        const chip = document.createElement("span");
        chip.className = "chip";
        chip.append(tag);
        const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "\u00d7" });
        remove.setAttribute("aria-label", `${input.dataset.tags} ${tag}`);
        remove.addEventListener("click", () => {
          set(tags.filter((other) => other !== tag));
          input.focus();
        });
        chip.append(remove);
        box.insertBefore(chip, input);
      }
      store();
    };
    // What is being typed counts too, so that nobody has to know about Enter.
    const store = () => {
      hidden.value = [...new Set([...tags, ...words(input.value)])].join(", ");
      input.required = required && !hidden.value;
    };
    const set = (next) => {
      tags = [...new Set(next)];
      show();
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const take = () => {
      const typed = words(input.value);
      input.value = "";
      if (typed.length) set([...tags, ...typed]);
    };

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if ((event.key === "Enter" || event.key === ",") && input.value.trim()) {
        event.preventDefault();
        take();
      } else if (event.key === "Backspace" && !input.value && tags.length) {
        set(tags.slice(0, -1));
      }
    });
    input.addEventListener("input", () => (input.value.includes(",") ? take() : store()));
    input.addEventListener("blur", take);
    input.addEventListener("restore", () => {
      input.value = "";
      tags = words(initial);
      show();
    });
    box.addEventListener("click", (event) => event.target === box && input.focus());

    input.removeAttribute("name");
    input.replaceWith(box);
    input.value = "";
    input.defaultValue = "";
    box.append(input, hidden);
    show();
  });

  // --- source text -----------------------------------------------------------------------------

  each("[data-code]", (editor) => {
    const text = editor.querySelector("textarea");
    const numbers = editor.querySelector(".code-lines-in");
    const wrong = new Set((editor.dataset.wrong || "").split(" ").filter(Boolean).map(Number));
    const sync = () => {
      const lines = text.value.split("\n").length;
      while (numbers.childElementCount > lines) numbers.lastElementChild.remove();
      while (numbers.childElementCount < lines) {
        const number = document.createElement("span");
        number.textContent = String(numbers.childElementCount + 1);
        numbers.append(number);
      }
    };
    const follow = () => (numbers.style.transform = `translateY(${-text.scrollTop}px)`);
    text.addEventListener("input", sync);
    text.addEventListener("restore", sync);
    text.addEventListener("scroll", follow, { passive: true });
    if (wrong.size) {
      text.scrollTop = Math.max(0, (Math.min(...wrong) - 4) * 20);
      follow();
    }
  });

  // A link to a line of the source, from what was found there.
  on("click", (event) => {
    const link = event.target.closest("a[data-line]");
    const text = link && document.getElementById(link.hash.slice(1));
    if (!(text instanceof HTMLTextAreaElement) || !text.checkVisibility()) return;
    event.preventDefault();
    const lines = text.value.split("\n");
    const line = Math.min(Number(link.dataset.line), lines.length);
    const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(from, from + lines[line - 1].length);
    text.scrollTop = Math.max(0, (line - 4) * 20);
  });

  // --- files -----------------------------------------------------------------------------------

  each("[data-drop]", (drop) => {
    const input = drop.querySelector("input");
    const name = drop.querySelector("[data-drop-name]");
    // The field covers the box, so dropping works by itself; only the look follows here.
    const show = () => {
      const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
      name.textContent = [...input.files].map((file) => `${file.name} \u00b7 ${size(file.size)}`).join(", ");
    };
    input.addEventListener("change", show);
    for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, () => drop.classList.add("is-over"));
    for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("is-over"));
    show();
  });

  // --- charts ----------------------------------------------------------------------------------

  each("[data-chart] .chart-point", (point) => {
    const title = point.querySelector("title");
    point.dataset.tip = title.textContent;
    title.remove();
  });
  on("pointerover", (event) => {
    const point = event.target.closest?.(".chart-point");
    for (const tip of all(document, "[data-tip].chart-tip:not([hidden])")) {
      if (!point || !tip.parentElement.contains(point)) tip.hidden = true;
    }
    if (!point) return;
    const tip = point.closest(".chart-plot").querySelector(".chart-tip");
    const x = Number(point.dataset.tipX);
    tip.textContent = point.dataset.tip;
    tip.style.left = `${x}%`;
    tip.classList.toggle("is-left", x > 55);
    tip.hidden = false;
  });

  // --- events from the server ------------------------------------------------------------------

  const streams = new Map();

  each("[data-sse]", (element) => {
    const source = new EventSource(element.dataset.sse);
    streams.set(element, source);
    for (const id of (element.dataset.sseTargets || "").split(" ").filter(Boolean)) {
      source.addEventListener(id, (event) => {
        const target = document.getElementById(id);
        if (!target) return;
        target.innerHTML = event.data;
        window.htmx?.process(target);
        enhance(target);
      });
    }
    source.addEventListener("done", () => {
      stop(element);
      if (!element.dataset.sseThen) return;
      keepToasts();
      location.assign(element.dataset.sseThen);
    });
  });

  const stop = (element) => {
    streams.get(element)?.close();
    streams.delete(element);
  };
  on("htmx:beforeCleanupElement", (event) => stop(event.target));
  addEventListener("pagehide", () => [...streams.keys()].forEach(stop));
  // A page that comes back from the cache of the browser listens again.
  addEventListener("pageshow", (event) => event.persisted && all(document, "[data-sse]").length && location.reload());

  // --- the organisation's colour ---------------------------------------------------------------

  each("body[data-brand]", (body) => {
    const [r, g, b] = body.dataset.brand.match(/[0-9a-f]{2}/gi).map((hex) => {
      const channel = parseInt(hex, 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    body.style.setProperty("--brand", body.dataset.brand);
    body.style.setProperty("--on-brand", luminance > 0.179 ? "#000" : "#fff");
  });

  if (document.readyState === "loading") on("DOMContentLoaded", () => enhance(document));
  else enhance(document);
})();
