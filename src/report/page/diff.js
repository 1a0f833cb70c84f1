// SPDX-License-Identifier: MIT
// Two texts side by side, or in one column, from the segments of doc/report.md.

const diffMode = {chosen: null, narrow: matchMedia("(max-width: 760px)")};

function currentMode() {
    return diffMode.chosen || (diffMode.narrow.matches ? "inline" : "side");
}

const leftOut = amount => `${words(amount)} omitted: the same on both sides`;
const rewritten = () => `same${reading.many}, written differently`;
const gap = amount => amount > 0 && h("span", {class: "gap"}, ` \u2026 ${words(amount)} omitted \u2026 `);

// Spaces around words are not marked, unless there is nothing else.
function marked(tag, attributes, text) {
    const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(text);
    return inner ? [before, h(tag, attributes, inner), after] : h(tag, attributes, text);
}

const removed = text => text && marked("del", null, text);
const added = text => text && marked("ins", null, text);

// In one column, a space separates words from those that they replace.
function replaced(left, right) {
    const touch = left && right && !/\s$/.test(left) && !/^\s/.test(right);
    return [removed(left), touch && h("span", {class: "apart"}, " "), added(right)];
}

// The same words, written differently: [left, right]. Marks only the words that differ; line breaks and the number of spaces do not
// matter here.
function loose(left, right) {
    const [a, b] = [left, right].map(text => text.match(/\s+|\S+/g) || []);
    const [words, others] = [a, b].map(pieces => pieces.filter(piece => /\S/.test(piece)));
    const mark = text => h("span", {class: "loose", title: "the " + rewritten()}, text);
    if (words.length !== others.length) return [mark(left), mark(right)];
    const differ = words.map((word, i) => word !== others[i]);
    return [a, b].map(pieces => {
        let n = 0;
        let run = "";
        const nodes = [];
        for (const piece of pieces) {
            if (/\S/.test(piece) && differ[n++]) {
                nodes.push(run, mark(piece));
                run = "";
            } else {
                run += piece;
            }
        }
        return [...nodes, run];
    });
}

// Cuts shared text after its line breaks, so that both sides are aligned there.
function lines(text) {
    return text.match(/[^\n]*\n+|[^\n]+/g) || [];
}

const spaced = text => text.trim().replace(/\s+/g, " ");

class Rows {
    constructor() {
        this.rows = [];
        this.left = [];
        this.right = [];
    }

    both(left, right) {
        this.left.push(left);
        this.right.push(right);
    }

    end() {
        if (this.left.length || this.right.length) this.rows.push([this.left, this.right]);
        this.left = [];
        this.right = [];
    }

    shared(text) {
        for (const line of lines(text)) {
            this.both(line, line);
            if (line.endsWith("\n")) this.end();
        }
    }

    marker(amount) {
        this.end();
        this.rows.push(amount);
    }
}

function sideBySide(segments, names) {
    const rows = new Rows();
    for (const segment of segments) {
        const [kind, left, right] = segment;
        if (kind === "=" && segment.length === 2) rows.shared(left);
        else if (kind === "=") rows.both(...loose(left, right));
        else if (kind === "~") rows.both(removed(left), added(right));
        else if (kind === "\u2026") rows.marker(left);
        else if (kind === "~\u2026") rows.both(gap(left), gap(right));
    }
    rows.end();
    return h("div", {class: "sides"}, names.map((name, i) => h("div", {class: i ? "side-name" : "side-name left"}, name)), rows.rows.map(row => Array.isArray(row)
        ? [h("div", {class: "cell left", dir: "auto"}, row[0]), h("div", {class: "cell", dir: "auto"}, row[1])]
        : h("div", {class: "left-out"}, leftOut(row))));
}

function inline(segments, names) {
    const blocks = [];
    let block = [];
    const end = () => {
        if (block.length) blocks.push(h("div", {class: "cell", dir: "auto"}, block));
        block = [];
    };
    for (const segment of segments) {
        const [kind, left, right] = segment;
        if (kind === "=" && segment.length === 2) block.push(left);
        else if (kind === "=") block.push(loose(left, right)[1]);
        else if (kind === "~") block.push(...replaced(left, right));
        else if (kind === "~\u2026") block.push(left > 0 && h("del", null, gap(left)), right > 0 && h("ins", null, gap(right)));
        else if (kind === "\u2026") {
            end();
            blocks.push(h("div", {class: "left-out"}, leftOut(left)));
        }
    }
    end();
    return h("div", {class: "one-column"}, names.map(name => h("div", {class: "side-name"}, name)), blocks);
}

// names: titles of the left and right text; only: the labels of words that only one of them has.
function diffView(segments, names, only) {
    const body = h("div", {class: "diff-body"});
    const buttons = ["side", "inline"].map(mode => h("button", {type: "button", class: "small", "data-mode": mode, click: () => {
        diffMode.chosen = mode;
        draw();
    }}, mode === "side" ? "Side by side" : "One column"));
    const has = test => segments.some(test);
    const legend = h("span", {class: "legend"},
        has(s => s[0][0] === "~" && s[1]) && [h("del", {class: "key-mark"}, only[0]), " "], has(s => s[0][0] === "~" && s[2]) && [h("ins", {class: "key-mark"}, only[1]), " "],
        has(s => s[0] === "=" && s.length === 3 && spaced(s[1]) !== spaced(s[2])) && h("span", {class: "loose"}, rewritten()),
        segments.every(s => s[0] === "\u2026" || (s[0] === "=" && s.length === 2)) && "The texts shown are the same, character for character.");
    let drawn = null;
    function draw() {
        const mode = currentMode();
        if (mode === drawn) return;
        drawn = mode;
        for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
        body.replaceChildren(mode === "side" ? sideBySide(segments, names) : inline(segments, names));
        // For screen readers, before each difference.
        for (const mark of body.querySelectorAll("del, ins")) mark.dataset.only = ` [${only[mark.tagName === "INS" ? 1 : 0]}: `;
    }
    diffMode.narrow.addEventListener("change", draw);
    draw();
    return h("div", {class: "diff"}, h("div", {class: "diff-head"}, legend, h("span", {class: "switch", role: "group",
        "aria-label": "Layout of the two texts"}, buttons)), body);
}

// One side of the texts as far as the page has it; an omission becomes a line break.
function sideText(segments, side) {
    return segments.map(segment => {
        if (segment[0] === "=") return segment[segment.length === 3 ? side : 1];
        if (segment[0] === "~") return segment[side];
        return "\n";
    }).join("");
}
