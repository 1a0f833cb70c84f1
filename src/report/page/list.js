// SPDX-License-Identifier: MIT
// Long lists in pages, with a filter above them.

const PAGE_ROWS = 25;

// Puts what is open into the address, so that a link to it can be sent to somebody.
function remember(fragment) {
    try {
        history.replaceState(null, "", "#" + fragment);
    } catch (failure) {
        // Some viewers forbid it; the page works without.
    }
}

// Up and down arrows move between rows; right and left open and close a row.
function rowKeys(event) {
    const here = event.target.closest(".nav");
    if (!here || event.altKey || event.ctrlKey || event.metaKey) return;
    const expanded = here.getAttribute("aria-expanded");
    if ((event.key === "ArrowRight" && expanded === "false") || (event.key === "ArrowLeft" && expanded === "true")) {
        here.click();
        event.preventDefault();
        return;
    }
    const rows = Array.from(event.currentTarget.querySelectorAll(".nav")).filter(row => row.offsetParent !== null);
    const at = rows.indexOf(here);
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1}[event.key];
    if (to === undefined || !rows[to]) return;
    rows[to].focus();
    event.preventDefault();
}

// ---- controls ----

function field(label, control, wide) {
    const id = "control-" + (field.last = (field.last || 0) + 1);
    control.id = id;
    return h("div", {class: wide ? "field wide" : "field"}, h("label", {for: id}, label), control);
}

function choice(options) {
    return h("select", null, options.map(([value, text]) => h("option", {value}, text)));
}

function range(label, from, to) {
    from.setAttribute("aria-label", label + ", from");
    to.setAttribute("aria-label", label + ", to");
    return h("div", {class: "field both", role: "group", "aria-label": label}, h("span", {class: "label", "aria-hidden": "true"}, label),
        h("span", {class: "range"}, from, h("span", {"aria-hidden": "true"}, "\u2013"), to));
}

const numeric = (step, min, max) => h("input", {type: "number", step, min, max, inputmode: "decimal"});
const valueOf = input => input.value === "" || !Number.isFinite(Number(input.value)) ? null : Number(input.value);

// ---- pages ----

// row(item) makes the element of an item; name: of the items, for screen readers.
class PagedList {
    constructor(name, row) {
        this.row = row;
        this.chosen = [];
        this.page = 0;
        this.status = h("p", {class: "status", role: "status", "aria-live": "polite"});
        this.list = h("ol", {role: "list", class: "clusters", keydown: rowKeys});
        this.pager = h("nav", {class: "pager", "aria-label": "Pages of " + name});
    }

    // Starts at the first page; none: the message if the list is empty.
    show(chosen, none) {
        this.chosen = chosen;
        this.none = none;
        this.page = 0;
        this.draw();
    }

    pages() {
        return Math.ceil(this.chosen.length / PAGE_ROWS);
    }

    draw() {
        const from = this.page * PAGE_ROWS;
        this.list.setAttribute("start", String(from + 1));
        this.list.replaceChildren(...this.chosen.slice(from, from + PAGE_ROWS).map(this.row));
        if (!this.chosen.length) this.list.append(h("li", {class: "none"}, this.none));
        this.pager.hidden = this.pages() < 2;
        this.pager.replaceChildren(...(this.pager.hidden ? [] : this.turners()));
    }

    turners() {
        const number = h("input", {type: "number", min: "1", max: String(this.pages()), value: String(this.page + 1), "aria-label": "Page",
            change: () => {
                if (valueOf(number) === null) number.value = String(this.page + 1);
                else this.turn(valueOf(number) - 1);
            }});
        const turn = (name, label, by) => h("button", {type: "button", class: "small", "data-turn": name, disabled:
            this.page + by < 0 || this.page + by >= this.pages(), click: () => this.turn(this.page + by, name)}, label);
        return [turn("back", "\u2039 Back", -1), h("span", {class: "page-number"}, "Page ", number, ` of ${group(this.pages())}`),
            turn("next", "Next \u203a", 1)];
    }

    // name: of the button that was pressed; it keeps the focus.
    turn(page, name) {
        this.page = Math.min(Math.max(0, Math.floor(page)), this.pages() - 1);
        this.draw();
        this.status.scrollIntoView({block: "nearest"});
        const again = name && this.pager.querySelector(`[data-turn=${name}]`);
        const target = again && !again.disabled ? again : this.pager.querySelector(name ? "button:not([disabled])" : "input");
        if (target) target.focus({preventScroll: true});
        say(`Page ${this.page + 1} of ${this.pages()}`);
    }

    // Turns to the page of the item, and returns its element.
    bring(item) {
        const at = this.chosen.indexOf(item);
        this.page = Math.floor(at / PAGE_ROWS);
        this.draw();
        return this.list.children[at % PAGE_ROWS];
    }
}
