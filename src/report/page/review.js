// SPDX-License-Identifier: MIT
// Pairs to judge, from `neardup suggest --review`. Verdicts stay in the page, and in the browser's store if it has one, until they
// are saved as CSV.

const ANSWERS = [["same", "Same", "1"], ["different", "Different", "2"], ["unsure", "Unsure", "3"]];

// As in src/suggest/review.c, without the texts.
const VERDICT_COLUMNS = ["pair", "verdict", "score", "stratum_from", "stratum_to", "stratum_pairs", "question", "id_a", "file_a", "line_a",
    "id_b", "file_b", "line_b"];

// A cell that a spreadsheet would run as a formula gets an apostrophe in front.
function cell(value) {
    const text = value === undefined ? "" : String(value);
    const harmless = /^[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]/.test(text) ? "'" + text : text;
    return /[",\n\r;\t]/.test(harmless) ? '"' + harmless.replace(/"/g, '""') + '"' : harmless;
}

function verdictRows(data, verdicts) {
    const rows = data.pairs.map((pair, i) => [pair.n, verdicts[i] || "", pair.score, pair.stratum / 10, (pair.stratum + 1) / 10,
        data.stratum_pairs[pair.stratum], data.question, pair.a.id, pair.a.file, pair.a.line, pair.b.id, pair.b.file, pair.b.line]);
    return [VERDICT_COLUMNS, ...rows].map(row => row.map(cell).join(",") + "\r\n").join("");
}

// The name of the pairs in the store: the same for the same pairs only.
function reviewKey(data) {
    let hash = 2166136261;
    const text = JSON.stringify([data.question, data.pairs.map(pair => [pair.a, pair.b])]);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0;
    return "neardup-review-" + hash.toString(16);
}

class Review {
    constructor(data) {
        this.data = data;
        this.key = reviewKey(data);
        this.verdicts = this.stored();
        this.at = Math.max(0, this.verdicts.findIndex(verdict => !verdict));
        this.head = h("p", {class: "status", role: "status", "aria-live": "polite"});
        this.meter = h("div", {class: "meter wide", "aria-hidden": "true"}, h("span"));
        this.card = h("div", null);
        this.buttons = ANSWERS.map(([verdict, label, key]) => h("button", {type: "button", class: "answer " + verdict, "data-verdict": verdict,
            "aria-keyshortcuts": key, click: () => this.judge(verdict)}, label, " ", h("kbd", null, key)));
        this.turners = [["back", "\u2039 Back", -1], ["next", "Next \u203a", 1]].map(([name, label, by]) =>
            h("button", {type: "button", class: "small", "data-turn": name, click: () => this.show(this.at + by)}, label));
        this.save = h("button", {type: "button", class: "save", click: () => this.download()}, "Save the verdicts as CSV");
        this.element = h("div", null, h("section", {class: "card review", "aria-labelledby": "pair"}, this.head, this.meter, this.card,
            h("div", {class: "answers verdicts", role: "group", "aria-label": "Verdict"}, this.buttons),
            h("div", {class: "answers after"}, this.turners, this.save)));
        addEventListener("keydown", event => this.pressed(event));
    }

    stored() {
        const none = this.data.pairs.map(() => "");
        try {
            const list = JSON.parse(localStorage.getItem(this.key));
            return Array.isArray(list) && list.length === none.length ? list.map(verdict => ANSWERS.some(([name]) => name === verdict) ? verdict : "") : none;
        } catch (failure) {
            return none;
        }
    }

    judge(verdict) {
        const again = this.verdicts[this.at] === verdict;
        this.verdicts[this.at] = again ? "" : verdict;
        try { localStorage.setItem(this.key, JSON.stringify(this.verdicts)); } catch (failure) { /* lost when the page closes */ }
        if (again || this.at + 1 === this.data.pairs.length) this.draw();
        else this.show(this.at + 1);
    }

    show(at) {
        this.at = Math.min(Math.max(0, at), this.data.pairs.length - 1);
        this.draw();
        this.element.scrollIntoView({block: "nearest"});
    }

    pressed(event) {
        if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
        const answer = ANSWERS.find(([verdict, , key]) => event.key === key || event.key === verdict[0]);
        const by = {ArrowRight: 1, ArrowLeft: -1, n: 1, p: -1}[event.key];
        if (answer) this.judge(answer[0]);
        else if (by) this.show(this.at + by);
        else return;
        event.preventDefault();
    }

    draw() {
        const pair = this.data.pairs[this.at];
        const judged = this.verdicts.filter(Boolean).length;
        const verdict = this.verdicts[this.at];
        this.head.textContent = `Pair ${this.at + 1} of ${this.data.pairs.length}; ${judged} judged`;
        this.meter.firstChild.style.width = `${100 * judged / this.data.pairs.length}%`;
        for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
        this.turners[0].disabled = this.at === 0;
        this.turners[1].disabled = this.at + 1 === this.data.pairs.length;
        this.card.replaceChildren(h("h2", {id: "pair", class: "heard"}, `Pair ${this.at + 1}`),
            diffView(pair.diff, [["A: ", place(pair.a)], ["B: ", place(pair.b)]], ["only in A", "only in B"]),
            h("p", {class: "soft scored"}, verdict ? `Score: ${score(pair.score)} (${this.data.question_name})` : "The score is shown after the verdict."));
    }

    download() {
        const link = h("a", {href: URL.createObjectURL(new Blob(["\ufeff" + verdictRows(this.data, this.verdicts)], {type: "text/csv"})), download: "verdicts.csv"});
        document.body.append(link);
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
        link.remove();
        say("Saved as verdicts.csv");
    }
}

function reviewPage(data) {
    const review = data.pairs.length > 0 && new Review(data);
    if (review) review.draw();
    return {title: data.question_name, what: "Pairs to judge:", version: data.neardup, element: [
        h("p", {class: "verdict"}, review ? "Are these two texts the same for your purpose?" : "The sample has no pair that is similar enough to be judged."),
        review && h("p", {class: "hint"}, "Press 1, 2 or 3 for the verdict, and the arrow keys to move. Then save the verdicts, and run:"),
        review && command(["neardup", "suggest", "--judged", "verdicts.csv"]),
        review && review.element]};
}
