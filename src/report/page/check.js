// SPDX-License-Identifier: MIT
// The result of `neardup check`: a verdict for each rule, and findings (doc/check_reports.md).

const LEVELS = {error: "error", warning: "warning", note: "note"};
const sign = good => h("span", {class: good ? "sign good" : "sign bad"}, h("span", {"aria-hidden": "true"}, good ? "\u2713 " : "\u2715 "), good ? "passed" : "violated");

function checkVerdict(data) {
    const rules = data.verdicts.length;
    const sentence = rules === 0 ? "no rule has a limit" : data.violated === 0 ? `${rules} ${rules === 1 ? "rule" : "rules"}`
        : rules === 1 ? "1 rule violated" : `${data.violated} of ${rules} rules violated`;
    return h("p", {class: "verdict"}, h("strong", {class: data.passed ? "good" : "bad"}, data.passed ? "Passed" : "Failed"), `: ${sentence}.`);
}

// Text in backticks becomes code. For texts of the program only: in a text of the corpus a backtick is just a backtick.
const advice = text => text.split(/`([^`]+)`/).map((part, i) => i % 2 ? h("code", null, part) : part);

function ruleRow(verdict, rules) {
    const about = rules && Object.hasOwn(rules, verdict.rule) ? rules[verdict.rule] : {};
    const limit = verdict.limit === undefined ? "" : group(verdict.limit) === String(verdict.limit) || verdict.percent
        ? verdict.limit + (verdict.percent ? THIN + "%" : "") : group(verdict.limit);
    const measured = verdict.whole ? [percent(verdict.part, verdict.whole), " ", h("span", {class: "soft"}, `${group(verdict.part)} of ${group(verdict.whole)}`)]
        : verdict.part !== undefined ? group(verdict.part) : "";
    return h("li", {class: "rule"}, h("div", {class: "rule-head"}, sign(!verdict.violated), own(verdict.rule, {class: "rule-name"}),
        h("span", {class: "rule-measure"}, measured, limit !== "" && [h("span", {class: "soft"}, " \u00b7 limit "), limit])),
        h("p", {class: "soft"}, own(verdict.message)), verdict.violated && about.help && h("p", null, advice(about.help)));
}

function leakTable(data) {
    if (!data.splits || !data.leaks) return null;
    const cells = new Map(data.leaks.map(leak => [JSON.stringify([leak.split, leak.stands_in]), leak]));
    // The first split is not searched for in the others: zeros would claim that it was.
    const leaking = new Set(data.leaks.map(leak => leak.split));
    const rows = data.splits.filter((split, i) => i > 0 || leaking.has(split.name));
    const first = rows.length < data.splits.length && data.splits[0].name;
    const cell = (split, other) => {
        if (split.name === other.name) return h("td", {class: "zero"}, "\u2013");
        const leak = cells.get(JSON.stringify([split.name, other.name]));
        if (!leak) return h("td", null, "0");
        const kinds = ["exact", "near", "contained"].filter(kind => leak[kind]).map(kind => `${group(leak[kind])} ${kind}`).join(", ");
        return h("td", {class: "heat3"}, h("b", null, group(leak.documents)), split.documents ? " " + percent(leak.documents, split.documents) : "",
            h("span", {class: "soft kinds"}, kinds));
    };
    const caption = "Documents of each split that are in another one";
    return h("section", {class: "card", "aria-labelledby": "leaks"}, h("h2", {id: "leaks"}, "Leaks between splits"),
        h("p", {class: "hint"}, "Rows: the split whose documents leak. Columns: the split that contains them.",
            first !== false && [" There is no row for ", own(first), ": documents that it shares with another split are in the row of that split."]),
        h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption}, h("table", {class: "leaks"}, h("caption", {class: "heard"}, caption),
            h("thead", null, h("tr", null, h("td"), data.splits.map(split => h("th", {scope: "col"}, own(split.name))))),
            h("tbody", null, rows.map(split => h("tr", null, h("th", {scope: "row"}, own(split.name),
                split.documents !== undefined && h("span", {class: "soft"}, " " + count(split.documents, "document"))),
                data.splits.map(other => cell(split, other))))))));
}

// ---- findings ----

const FINDING_ORDERS = {
    given: ["Failures first, then cost", null],
    cost: ["Cost: tokens repeated", (a, b) => b.tokens - a.tokens],
    places: ["Number of places", (a, b) => b.locations_total - a.locations_total],
};

// Its own rule, and other rules that count it.
const rulesOf = finding => [finding.rule, ...(finding.also || [])];
// Of these, the requested ones.
const requestedOf = (finding, requested) => rulesOf(finding).filter(rule => requested.has(rule));

function findingPlace(item) {
    return h("li", {class: "member"}, h("div", {class: "member-head"},
        h("span", {class: "score"}, item.score === undefined ? h("span", {class: "soft"}, "compared with") : [h("span", {class: "meter", "aria-hidden": "true"}, meter(item.score)),
            aside("score "), score(item.score)]),
        item.reason && h("span", {class: "reason " + item.reason}, (REASONS[item.reason] || [item.reason])[0]), place(item),
        item.numbers_differ && h("span", {class: "mark"}, "only numbers differ")));
}

function findingRow(finding, requested) {
    const body = h("div", {class: "cluster-body", hidden: true, id: "finding-" + (findingRow.last = (findingRow.last || 0) + 1)});
    const shown = finding.locations || [];
    const head = h("button", {type: "button", class: "cluster-head nav finding", "aria-expanded": "false", "aria-controls": body.id, click: () => {
        const open = head.getAttribute("aria-expanded") !== "true";
        if (open && !body.firstChild) {
            const left = finding.locations_total - shown.length;
            body.append(h("ul", {role: "list", class: "members"}, shown.map(findingPlace)), h("p", {class: "rest soft"}, left > 0 && `${group(left)} more ${left === 1 ? "place is" : "places are"} not in this page. `,
                "Fingerprint ", h("code", null, finding.fingerprint)));
        }
        head.setAttribute("aria-expanded", String(open));
        body.hidden = !open;
    }}, h("span", {class: "number level " + finding.level}, LEVELS[finding.level] || finding.level),
    h("span", {class: "preview"}, shown.length > 0 && [place(shown[0]), " "], own(finding.message)),
    h("span", {class: "facts"}, finding.new === false && h("span", {class: "mark"}, "in the baseline"), h("span", {class: "amount rule-name"}, own(requestedOf(finding, requested)[0] || "no rule")),
        h("span", {class: "amount"}, h("b", null, group(finding.locations_total)), finding.locations_total === 1 ? " place" : " places"),
        h("span", {class: "amount"}, h("b", null, big(finding.tokens)), finding.tokens === 1 ? " token" : " tokens")));
    return h("li", {class: "cluster"}, h("h3", null, head), body);
}

class FindingList extends PagedList {
    constructor(findings, requested, missing) {
        super("findings", finding => findingRow(finding, requested));
        this.requested = requested;
        this.findings = findings;
        this.found = new Map();
        const rules = Array.from(new Set(findings.flatMap(finding => requestedOf(finding, requested))));
        const levels = Array.from(new Set(findings.map(finding => finding.level)));
        const several = (names, label) => choice([["", label], ...names.map(name => [name, name])]);
        this.text = h("input", {type: "search", placeholder: "file, id, message or fingerprint", autocomplete: "off", spellcheck: "false"});
        this.rule = several(rules, "all");
        this.level = several(levels, "all");
        this.known = choice([["", "all"], ["new", "new ones"], ["known", "those in the baseline"]]);
        this.sort = choice(Object.entries(FINDING_ORDERS).map(([value, order]) => [value, order[0]]));
        const form = h("form", {class: "filter", role: "search", "aria-label": "Filter findings", submit: event => event.preventDefault(),
            input: () => this.later(), change: () => this.later()},
            h("div", null, field("Find", this.text, "wide"), field("Order", this.sort)), h("div", null, rules.length > 1 && field("Rule", this.rule),
                levels.length > 1 && field("Level", this.level), findings.some(finding => finding.new === false) && field("Baseline", this.known)));
        this.element = h("section", {class: "card", "aria-labelledby": "findings"}, h("h2", {id: "findings"}, "Findings"), findings.length > 1 && form, this.status,
            this.list, this.pager, missing);
        this.select();
    }

    later() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            const wanted = [this.text, this.rule, this.level, this.known, this.sort].map(control => control.value.trim()).join("\n");
            if (wanted !== this.wanted) this.select();
            this.wanted = wanted;
        }, 120);
    }

    contains(finding, text) {
        if (!this.found.has(finding)) {
            this.found.set(finding, [finding.message, finding.fingerprint, ...(finding.locations || []).flatMap(item => [item.id, item.file + ":" + item.line])]
                .filter(part => part !== undefined).join("\n").toLowerCase());
        }
        return this.found.get(finding).includes(text);
    }

    select() {
        const text = this.text.value.trim().toLowerCase();
        const chosen = this.findings.filter(finding => (!this.rule.value || requestedOf(finding, this.requested).includes(this.rule.value)) &&
            (!this.level.value || finding.level === this.level.value) && (!this.known.value || (finding.new === false) === (this.known.value === "known")) &&
            (!text || this.contains(finding, text)));
        const order = FINDING_ORDERS[this.sort.value || "given"][1];
        this.show(order ? chosen.sort(order) : chosen, this.findings.length ? "No finding matches." : "Nothing was found.");
        this.status.textContent = chosen.length === this.findings.length ? `${group(chosen.length)} ${chosen.length === 1 ? "finding" : "findings"}.`
            : `${group(chosen.length)} of ${group(this.findings.length)} ${this.findings.length === 1 ? "finding" : "findings"}.`;
    }
}

function checkTiles(data) {
    const summary = data.summary;
    const base = data.baseline;
    if (!summary && !base) return null;
    return h("dl", {class: "tiles"}, summary && [
        tile(group(summary.documents), unit("document", summary.documents), `in ${count(summary.files, "file")}`),
        tile(percent(summary.exact + summary.near, summary.documents), "repeat others", `${group(summary.exact)} exact, ${group(summary.near)} near`),
        summary.removed_tokens !== undefined && tile(big(summary.removed_tokens), "tokens repeat", `${percent(summary.removed_tokens, summary.tokens)} of ${big(summary.tokens)}`),
        summary.empty > 0 && tile(group(summary.empty), `empty ${unit("document", summary.empty)}`, `without a${reading.one}, not compared`),
        tile(group(summary.clusters), summary.clusters === 1 ? "cluster" : "clusters", summary.largest_cluster ? `largest: ${count(summary.largest_cluster, "document")}` : undefined)],
    base && tile(group(base.new), "new since the baseline", `${group(base.known)} known, ${group(base.gone)} no longer found`),
    data.allowed > 0 && tile(group(data.allowed), "ignored", "on the allow list"));
}

function checkPage(data) {
    const findings = data.findings || [];
    const left = (data.findings_total || 0) - findings.length;
    return {
        title: "neardup check", what: "Result of", version: data.neardup, element: [checkVerdict(data),
            data.verdicts.length > 0 && h("section", {class: "card", "aria-labelledby": "rules"}, h("h2", {id: "rules"}, "Rules"),
                h("ul", {role: "list", class: "rules"}, data.verdicts.slice().sort((a, b) => b.violated - a.violated).map(verdict => ruleRow(verdict, data.rules)))),
            checkTiles(data), leakTable(data),
            new FindingList(findings, new Set(data.verdicts.map(verdict => verdict.rule)), left > 0 && h("p", {class: "hint"}, `${group(left)} more ${left === 1 ? "finding is" : "findings are"} not in this page, which has the costliest. `,
                "--report json:FILE with a higher --max-findings has them.")).element,
            data.parameters && h("section", {class: "card", "aria-labelledby": "origin"}, h("h2", {id: "origin"}, "How this was made"),
                h("dl", {class: "properties narrow"}, properties(data.parameters)))],
    };
}
