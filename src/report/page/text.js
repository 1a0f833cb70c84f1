// SPDX-License-Identifier: MIT
// Elements, harmless texts, readable numbers. Nothing in these files writes markup: texts of the corpus become text nodes, and
// characters that hide or reorder others become visible codes.

const SVG = "http://www.w3.org/2000/svg";

// Control characters except tab and newline, and characters that change the direction, have no width, are invisible letters or
// tags, or are lone surrogates.
const TREACHEROUS = new RegExp(
    "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e" +
    "\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}\\p{Cs}]", "u");
// Scripts that are written with joiners, and emoji that are built with them.
const JOINS = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Mongolian}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;
const CODE_NAMES = {
    0: "NUL", 0x1b: "ESC", 0x7f: "DEL", 0xad: "SHY", 0x61c: "ALM", 0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200d: "ZWJ",
    0x200e: "LRM", 0x200f: "RLM", 0x2028: "LS", 0x2029: "PS", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO",
    0x202e: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xfeff: "BOM",
};

const codePoint = character => "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
const codeName = character => CODE_NAMES[character.codePointAt(0)] || codePoint(character);

function codeMark(character) {
    const mark = document.createElement("bdi");
    mark.className = "code-mark";
    mark.dir = "ltr";
    mark.title = codePoint(character);
    mark.textContent = codeName(character);
    return mark;
}

// A joiner belongs between letters of some scripts and between emoji; anywhere else it only hides something.
function belongs(characters, i) {
    const code = characters[i];
    if (code === "\r") return characters[i + 1] === "\n";
    if (code !== "\u200c" && code !== "\u200d") return false;
    return i > 0 && i + 1 < characters.length && JOINS.test(characters[i - 1]) && JOINS.test(characters[i + 1]);
}

// The text as nodes.
function safe(text) {
    if (!TREACHEROUS.test(text)) return document.createTextNode(text);
    const nodes = document.createDocumentFragment();
    const characters = Array.from(text);
    let plain = "";
    characters.forEach((character, i) => {
        if (!TREACHEROUS.test(character) || belongs(characters, i)) {
            plain += character;
            return;
        }
        if (plain) nodes.append(document.createTextNode(plain));
        plain = "";
        nodes.append(codeMark(character));
    });
    if (plain) nodes.append(document.createTextNode(plain));
    return nodes;
}

// The same for attributes, which cannot have elements: tooltips and labels for screen readers.
function plain(text) {
    if (!TREACHEROUS.test(text)) return text;
    const characters = Array.from(text);
    return characters.map((c, i) => TREACHEROUS.test(c) && !belongs(characters, i) ? "<" + codeName(c) + ">" : c).join("");
}

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === undefined || value === null || value === false) continue;
        if (typeof value === "function") element.addEventListener(name, value);
        else element.setAttribute(name, value === true ? "" : name === "title" || name === "aria-label" ? plain(value) : value);
    }
    for (const child of children.flat(Infinity)) {
        if (child === undefined || child === null || child === false) continue;
        element.append(child instanceof Node ? child : safe(String(child)));
    }
    return element;
}

// h("p", {class: "note", click: f}, "text", h("b", null, "bold")): a function is a listener, a string is made safe.
function h(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

// Lists have role="list" because Safari does not announce lists without markers.

// For screen readers only.
const aside = (...children) => h("span", {class: "heard"}, ...children);
// A text of the corpus in its own direction.
const own = (text, attributes) => h("bdi", attributes, text);

// ---- numbers ----

const THIN = "\u202f";

function group(number) {
    return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

function scaled(number, names, digits) {
    let value = number;
    let step = 0;
    while (value >= 999.95 && step + 1 < names.length) {
        value /= 1000;
        step++;
    }
    return (step === 0 ? group(value) : value.toFixed(value < 100 ? digits : 0)) + names[step];
}

const bytes = number => number === 1 ? "1\u00a0byte" : scaled(number, ["\u00a0bytes", "\u00a0kB", "\u00a0MB", "\u00a0GB", "\u00a0TB", "\u00a0PB"], 1);
// Large numbers have words: nobody reads the last digits of 14 238 117.
function big(number) {
    return number < 999950 ? group(number) : scaled(number / 1000, ["\u00a0thousand", "\u00a0million", "\u00a0billion", "\u00a0trillion"], 1);
}

// Next to bars there is room for four characters: 950, 1.2k, 55k, 130M.
function short(number) {
    const steps = ["", "k", "M", "G", "T", "P"];
    let value = number;
    let step = 0;
    while (value >= 999.5 && step + 1 < steps.length) {
        value /= 1000;
        step++;
    }
    return (step > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value))) + steps[step];
}

// Never "0 %" for something, nor "100 %" for not quite all.
function percent(part, whole) {
    if (!whole || !part) return "0" + THIN + "%";
    const share = 100 * part / whole;
    const text = share >= 99.95 && part < whole ? "99.9" : share >= 99.95 ? "100" : share >= 0.1 ? share.toFixed(1)
        : share >= 0.001 ? share.toPrecision(1) : "below 0.001";
    return text + THIN + "%";
}

// Rounded down, as everywhere in neardup, so that no score appears to reach a threshold that it missed.
function score(value) {
    return value >= 1 ? "1" : (Math.floor(value * 1000 + 1e-6) / 1000).toFixed(3);
}

const UNITS = {document: ["document", "documents"], paragraph: ["paragraph", "paragraphs"], line: ["line", "lines"]};

function unit(kind, count) {
    const names = UNITS[kind] || [kind, kind + "s"];
    return names[count === 1 ? 0 : 1];
}

const capital = text => text[0].toUpperCase() + text.slice(1);
const count = (number, kind) => group(number) + " " + unit(kind, number);
const tokens = number => big(number) + (number === 1 ? " token" : " tokens");

// The name of a token next to a text: with --tokens char it is a character.
const reading = {one: " word", many: " words"};
const words = number => group(number) + (number === 1 ? reading.one : reading.many);

// ---- commands ----

// An argument quoted for a shell. Invisible characters become escapes, so that the copied command is the one shown.
function quoted(argument) {
    if (/^[\w@%+=:,.\/-]+$/.test(argument)) return argument;
    if (!TREACHEROUS.test(argument) && !/[\n\t]/.test(argument)) return "'" + argument.replace(/'/g, "'\\''") + "'";
    const escaped = Array.from(argument, c => {
        if (c === "\\" || c === "'") return "\\" + c;
        if (c === "\n") return "\\n";
        if (c === "\t") return "\\t";
        if (!TREACHEROUS.test(c)) return c;
        const code = c.codePointAt(0);
        return code < 0x80 ? "\\x" + code.toString(16).padStart(2, "0") : "\\U" + code.toString(16).padStart(8, "0");
    });
    return "$'" + escaped.join("") + "'";
}

const commandLine = parts => parts.map(part => quoted(String(part))).join(" ");

function say(message) {
    const status = document.getElementById("said");
    if (status) status.textContent = message;
}

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
    } catch (failure) {
        const area = h("textarea", {class: "heard"});
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
    }
    say("Copied");
}

function command(parts) {
    const line = Array.isArray(parts) ? commandLine(parts) : parts;
    const button = h("button", {type: "button", class: "copy", click: async () => {
        await copy(line);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
    }}, "Copy");
    return h("div", {class: "command"}, h("pre", {tabindex: "0", "aria-label": "Command"}, h("code", null, line)), button);
}

// ---- places ----

// The place of a unit: id, file and line, and for a paragraph its characters.
function place(item) {
    const parts = [];
    if (item.id !== undefined && item.id !== "") parts.push(own(String(item.id), {class: "id"}));
    if (item.file !== undefined) {
        parts.push(h("span", {class: "at"}, own(String(item.file)), item.line !== undefined && ":" + item.line));
    }
    if (item.characters) {
        parts.push(h("span", {class: "at short"}, "characters " + group(item.characters[0]) + "\u2013" + group(item.characters[1])));
    }
    return h("span", {class: "place"}, parts.flatMap(part => [part, " "]));
}

// ---- titles of clusters ----

const LONG_PARTS = 60; // characters: about a line of the list

// What names in a cluster share, and where they differ: docs/{de,en +3}/intro.md. Each piece has its own direction, so that Arabic or
// Hebrew in one does not move the others. size: of the cluster; where parts are long, fewer stand for all.
function titleView(title, size) {
    let parts = title.parts || [];
    let more = title.more || 0;
    while (parts.length > 1 && parts.length + more > 2 && parts.join("").length > LONG_PARTS) {
        parts = parts.slice(0, -1);
        more = Math.max(more + 1, size - parts.length);
    }
    const shared = title.before || title.after;
    const pair = parts.length === 2 && !more;
    const between = pair ? h("span", {class: "turn"}, shared ? "\u2192" : " \u2192 ") : shared ? "," : ", ";
    const braced = shared && parts.length > 0;
    return h("span", {class: "names"},
        title.before && own(title.before, {class: parts.length ? "shared" : "part"}), braced && h("span", {class: "brace"}, "{"),
        parts.map((part, i) => [i > 0 && between, own(part, {class: "part"})]), more > 0 && h("span", {class: "soft"}, " +" + group(more)),
        braced && h("span", {class: "brace"}, "}"), title.after && own(title.after, {class: "shared"}));
}

const nameFor = (item, by) => by === "id" ? String(item.id) : by === "place" ? item.file + ":" + item.line : String(item.file);

// The difference between a member and the others, with the separators next to it. null if nothing long is shared, as on the terminal
// (src/term/title.c).
function difference(title, item) {
    const shared = (text, least) => title && title.parts && text && text.length >= least ? text : "";
    const before = shared(title && title.before, 5);
    const after = shared(title && title.after, 6);
    if (!before && !after || (title.by === "id" && item.id === undefined)) return null;
    const name = nameFor(item, title.by);
    if (!name.startsWith(before) || !name.endsWith(after) || name.length <= before.length + after.length) return null;
    const begin = before.length - (/[^\p{L}\p{N}\s]$/u.test(before) ? 1 : 0);
    const end = name.length - after.length + (/^[^\p{L}\p{N}\s]/u.test(after) ? 1 : 0);
    return (begin > 0 ? "\u2026" : "") + name.slice(begin, end) + (end < name.length ? "\u2026" : "");
}

// The place of a member below the title of its cluster.
function placeBelow(title, item) {
    const part = difference(title, item);
    if (part === null) return place(item);
    const whole = nameFor(item, title.by);
    const rest = title.by === "id" ? Object.assign({}, item, {id: undefined}) : {id: item.id, characters: item.characters};
    return h("span", {class: "place", title: whole}, own(part, {class: "id"}), " ", place(rest).childNodes.length > 0 && place(rest));
}

function marks(item) {
    return [
        item.group !== undefined && h("span", {class: "mark"}, "group ", own(String(item.group))),
        item.split !== undefined && h("span", {class: "mark"}, "split ", own(String(item.split))),
        item.reference && h("span", {class: "mark"}, "reference"),
        item.changed && h("span", {class: "mark warn"}, "its file has changed since the run: its text is left out"),
    ];
}
