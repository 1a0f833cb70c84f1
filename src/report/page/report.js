// SPDX-License-Identifier: MIT
// The report of a run.

const parts = level => ["exact", "near", "contained", "boilerplate"].filter(reason => level[reason] !== undefined);

// `find` removes nothing: its report speaks of what would be removed.
function proposes(data) {
    const names = ["dedup", "find"];
    return Array.isArray(data.command) && data.command.slice(1).find(part => names.includes(part)) === "find";
}

const keptWord = level => level.proposed ? "would be kept" : "is kept";

// A file of clusters does not have the size of the corpus: then there are numbers, but no shares.
const known = level => level.units !== undefined;

// One sentence for somebody who has never heard of clusters.
function verdict(level, data) {
    const many = unit(level.unit, 2);
    const saved = [level.removed_bytes && bytes(level.removed_bytes), level.removed_tokens && tokens(level.removed_tokens)];
    const what = saved.filter(Boolean).length > 0 ? ` (${saved.filter(Boolean).join(", ")})` : "";
    if (!known(level)) {
        return !level.removed ? `No ${unit(level.unit, 1)} repeats another.` : [h("strong", null, count(level.removed, level.unit)), what,
            ` ${level.removed === 1 ? "repeats" : "repeat"} others; the size of the corpus is unknown.`];
    }
    if (!level.units) return `There are no ${many} to compare.`;
    const emptied = level.emptied > 0 && ` ${count(level.emptied, "document")} ${level.proposed ? "would be removed" : level.emptied === 1 ? "is removed" : "are removed"} because cutting leaves too little.`;
    const besides = data.summary && data.summary.reference_documents;
    const reference = besides > 0 && ` All were compared with ${count(besides, "document")} of a reference.`;
    if (!level.removed) return [`None of ${count(level.units, level.unit)} repeats another.`, emptied, reference];
    return [h("strong", null, percent(level.removed, level.units)), ` of ${count(level.units, level.unit)}${what} ` +
        `repeat${level.units === 1 ? "s" : ""} others; ${group(level.kept)} ${level.kept === 1 ? "is" : "are"} unique or ${level.proposed ? "would be kept" : "kept"}.`, emptied, reference];
}

// Emptied documents are neither kept nor removed. The level of paragraphs also has their number, which is no share of paragraphs.
function share(level) {
    if (!known(level)) return null;
    const shown = parts(level).filter(reason => level[reason] > 0);
    const piece = (name, amount) => {
        const bar = h("span", {class: "piece " + name});
        bar.style.flexGrow = String(amount);
        return bar;
    };
    const emptied = level.unit === "document" && level.emptied > 0;
    const names = {kept: level.proposed ? "would be kept" : "kept", exact: "exact copies", near: "near-duplicates", contained: "contained", boilerplate: "boilerplate",
        emptied: "emptied by cutting"};
    const key = (name, amount) => h("li", {class: name}, names[name] + " ", h("b", null, group(amount)), " ",
        h("span", {class: "soft"}, percent(amount, level.units)));
    return h("div", {class: "share"},
        h("div", {class: "pieces", "aria-hidden": "true"}, piece("kept", level.kept), shown.map(reason => piece(reason, level[reason])),
            emptied && piece("emptied", level.emptied)),
        h("ul", {role: "list", class: "key"}, key("kept", level.kept), shown.map(reason => key(reason, level[reason])),
            emptied && key("emptied", level.emptied)));
}

function tile(value, label, note) {
    const [, amount, measure] = /^([^a-z]*)(.*)$/.exec(value);
    return h("div", {class: "tile"}, h("dt", null, label), h("dd", null,
        h("span", {class: "value"}, amount, measure.length > 2 ? h("small", null, measure) : measure), note && h("span", {class: "soft"}, note)));
}

// The totals of which tokens and bytes are shares. Paragraphs are compared only in kept documents, so their totals are those of kept
// documents.
function wholes(level, data) {
    const documents = data.levels.find(other => other.unit === "document");
    if (level.unit === "document" || !documents || !known(documents)) return {bytes: level.bytes, tokens: level.tokens, of: ""};
    const removed = (documents.removed_bytes || 0) + ((data.summary && data.summary.dropped_bytes) || 0);
    return {bytes: level.bytes - removed, tokens: level.tokens, of: ` in documents that ${level.proposed ? "would be" : "were"} kept`};
}

// The exact size if the page has all clusters of the last class of sizes.
function largest(level) {
    const last = level.sizes && level.sizes[level.sizes.length - 1];
    const sizes = (level.clusters || []).map(cluster => cluster.size);
    if (last && sizes.filter(size => size >= last.from).length < last.clusters) return sizeName(last);
    return group(sizes.reduce((most, size) => Math.max(most, size), 0));
}

function nearRule(level, data) {
    const {bits} = (data.summary && data.summary.parameters) || {};
    const least = level.threshold !== undefined && "similarity of at least " + decimal(level.threshold);
    if (level.distance === undefined) return least || undefined;
    return `fingerprints differ in at most ${level.distance}${bits ? " of " + bits : ""} bits` + (least ? `; verified ${least}` : "");
}

function tiles(level, data) {
    const rule = nearRule(level, data);
    const whole = wholes(level, data);
    const saved = level.proposed ? "would be saved" : "saved";
    const empty = level === data.levels[0] && data.summary && data.summary.empty;
    return h("dl", {class: "tiles"},
        known(level) ? tile(percent(level.removed, level.units), "repeat others", `${group(level.removed)} of ${count(level.units, level.unit)}`)
            : tile(group(level.removed), "repeat others", unit(level.unit, level.removed)),
        level.removed_tokens !== undefined && tile(big(level.removed_tokens), "tokens " + saved,
            whole.tokens !== undefined && `${percent(level.removed_tokens, whole.tokens)} of ${big(whole.tokens)}${whole.of}`),
        level.removed_bytes !== undefined && tile(bytes(level.removed_bytes).replace(/\u00a0bytes?$/, ""), "bytes " + saved,
            whole.bytes > 0 ? `${percent(level.removed_bytes, whole.bytes)} of ${bytes(whole.bytes)}${whole.of}` : undefined),
        tile(group(level.exact || 0), "exact copies", "the same words and signs"),
        tile(group(level.near || 0), "near-duplicates", rule),
        level.contained > 0 && tile(group(level.contained), "contained",
            level.unit === "document" ? "a longer document contains them" : "the rest of their document contains them"),
        level.boilerplate > 0 && tile(group(level.boilerplate), "boilerplate", "in more documents than allowed"),
        level.emptied !== undefined && tile(group(level.emptied), "documents emptied",
            level.emptied > 0 && `cutting left too little: ${bytes(level.emptied_bytes)} more`),
        empty > 0 && tile(group(empty), `empty ${unit("document", empty)}`, `without a${reading.one}, not compared`),
        tile(group(level.clusters_total || 0), level.clusters_total === 1 ? "cluster" : "clusters", level.clusters_total ? `largest: ${largest(level)} ${unit(level.unit, 2)}` : undefined));
}

function missing(level, data) {
    if (!(level.clusters_total > level.clusters_shown)) return null;
    const run = data.title || "RUN";
    return h("section", {class: "card", "aria-labelledby": "rest-" + level.unit}, h("h2", {id: "rest-" + level.unit}, "Outside this page"),
        h("p", null, `This page contains the ${group(level.clusters_shown)} costliest of ${group(level.clusters_total)} clusters. Numbers and charts ` +
            "cover all of them. The other formats of the report contain the rest:"),
        command(["neardup", "report", run, "--format", "csv", "-o", "clusters.csv"]),
        command(["neardup", "report", run, "--format", "json", "-o", "report.json"]));
}

function levelPanel(level, data) {
    level.texts = data.text;
    level.proposed = proposes(data);
    const clusters = new ClusterList(level);
    const matrix = sourceMatrix(level, (from, to) => clusters.pick({pair: [from, to]}));
    const chart = (id, title, hint, content) => h("section", {class: "card", "aria-labelledby": id + "-" + level.unit},
        h("h2", {id: id + "-" + level.unit}, title), hint && h("p", {class: "hint"}, hint), content);
    const panel = h("div", {class: "panel"},
        h("p", {class: "verdict"}, verdict(level, data)), share(level), tiles(level, data), audit(data, level), warnings(data, level),
        level.clusters_total > 0 && h("div", {class: "charts"},
            chart("scores", "Similarity", `${scored(level)[0].toUpperCase() + scored(level).slice(1)}, by their similarity to the keeper. Click a bar to see them.`,
                scoreChart(level, bin => clusters.pick({bin}))),
            chart("sizes", "How large the clusters are", "Clusters by size, on a logarithmic scale.",
                sizeChart(level, bin => clusters.pick({least: bin.from, most: bin.to})))),
        matrix && chart("sources", `Which ${level.sources.by || "file"} repeats which`, null, matrix),
        clusters.element, missing(level, data));
    panel.reveal = (number, member) => clusters.reveal(number, member);
    return panel;
}

// ---- warnings ----

const SHOWN_LINKS = 12;
const SHOWN_WARNINGS = 4;

function warning(item, level) {
    const links = item.clusters || [];
    return h("li", null, own(item.message, {class: "message"}), links.length > 0 && h("span", {class: "links"}, " See ",
        links.slice(0, SHOWN_LINKS).map((n, i) => [i > 0 && ", ", h("a", {href: `#${levelName(level)}/cluster-${n}`}, "cluster " + n)]),
        links.length > SHOWN_LINKS && ` and ${group(links.length - SHOWN_LINKS)} more`, "."));
}

// Warnings and the audit: those of the level, and those of the whole run.
const aboutLevel = (data, level) => (data.warnings || []).filter(item => item.level === undefined || data.levels[item.level] === level);

// The result of --audit. It is no warning: most runs miss nothing.
function audit(data, level) {
    const item = aboutLevel(data, level).find(({kind}) => kind === "audit");
    const id = "audit-" + level.unit;
    return item && h("section", {class: "card audit", "aria-labelledby": id}, h("h2", {id}, "Audit"), h("p", null, own(item.message)));
}

function warnings(data, level) {
    const items = aboutLevel(data, level).filter(item => item.kind !== "audit");
    if (!items.length) return null;
    const id = "warnings-" + level.unit;
    const list = some => h("ul", {role: "list"}, some.map(item => warning(item, level)));
    const more = items.slice(SHOWN_WARNINGS);
    return h("section", {class: "card warnings", "aria-labelledby": id},
        h("h2", {id}, items.length === 1 ? "1 warning" : `${items.length} warnings`), list(items.slice(0, SHOWN_WARNINGS)),
        more.length > 0 && h("details", null, h("summary", null, `${more.length} more`), list(more)));
}

// ---- how it was made ----

function written(value) {
    if (value === true || value === false) return value ? "yes" : "no";
    if (typeof value === "number") return Number.isInteger(value) && value >= 1000 ? group(value) : String(value);
    if (Array.isArray(value)) return value.map(written).join(", ");
    if (!value || typeof value !== "object") return String(value);
    // {path, reference: true} is written as "PATH (reference)".
    return Object.entries(value).map(([name, part]) => name === "path" ? String(part) : part === true ? `(${name})` : `${name}: ${written(part)}`).join(" ");
}

// A seed is a name, not an amount: its digits are not grouped.
const property = (name, value) => name === "command" && Array.isArray(value) ? commandLine(value) : name === "seed" ? String(value) : written(value);

function properties(object, prefix = "") {
    return Object.entries(object).flatMap(([name, value]) => value && typeof value === "object" && !Array.isArray(value)
        ? properties(value, prefix + name + ".")
        : [h("div", null, h("dt", null, (prefix + name).replace(/_/g, " ")), h("dd", null, own(property(name, value))))]);
}

function propertyBlock(title, object) {
    return object && Object.keys(object).length > 0 && h("div", null, h("h3", null, title), h("dl", {class: "properties"}, properties(object)));
}

function origin(data) {
    const summary = data.summary || {};
    const counted = Object.fromEntries(Object.entries(summary).filter(([, value]) => typeof value !== "object"));
    return h("section", {class: "card", "aria-labelledby": "origin"}, h("h2", {id: "origin"}, "How this was made"),
        data.command && data.command.length > 0 && [h("p", null, "Command of the run:"), command(data.command)],
        data.redecided && h("p", null, `Decided again with the threshold ${decimal(data.redecided.threshold)}` +
            (data.redecided.from !== undefined ? ` instead of ${decimal(data.redecided.from)}` : "") +
            (data.redecided.freed !== undefined ? `: ${group(data.redecided.freed)} that were removed are kept now. ` : ". ") +
            "A run at this threshold has the same result."),
        h("details", {class: "origin"}, h("summary", null, "Parameters, profile, plan and counts"),
            h("div", {class: "blocks"}, propertyBlock("Parameters", summary.parameters), propertyBlock("Profile", summary.profile),
                propertyBlock("Plan", summary.plan), propertyBlock("Counts", counted), propertyBlock("Paragraphs and lines", summary.parts),
                propertyBlock("This run", summary.run), !data.summary && h("p", {class: "soft"}, "The run has no summary."))));
}

// ---- tabs ----

function tabs(data, panels) {
    const list = h("div", {class: "tabs", role: "tablist", "aria-label": "What was compared", keydown: event => {
        const at = buttons.indexOf(event.target);
        const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1}[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const next = (to + buttons.length) % buttons.length;
        panels.open(next);
        buttons[next].focus();
    }});
    const buttons = data.levels.map((level, i) => h("button", {type: "button", role: "tab", id: "tab-" + levelName(level),
        "aria-controls": "panel-" + levelName(level), click: () => {
            panels.open(i);
            remember(levelName(level));
        }}, levelName(level)[0].toUpperCase() + levelName(level).slice(1), " ",
        h("span", {class: "soft"}, `${known(level) ? percent(level.removed, level.units) : group(level.removed)} repeat`)));
    list.append(...buttons);
    list.mark = open => buttons.forEach((button, i) => {
        button.setAttribute("aria-selected", String(i === open));
        button.tabIndex = i === open ? 0 : -1;
    });
    return list;
}

// A panel is made when it is first opened.
class Panels {
    constructor(data) {
        this.data = data;
        this.several = data.levels.length > 1;
        this.boxes = data.levels.map(level => h("div", this.several ? {role: "tabpanel", id: "panel-" + levelName(level),
            "aria-labelledby": "tab-" + levelName(level), hidden: true} : {id: "panel-" + levelName(level), hidden: true}));
        this.tabs = this.several && tabs(data, this);
    }

    open(wanted) {
        this.boxes.forEach((box, i) => {
            box.hidden = i !== wanted;
            if (i === wanted && !box.firstChild) box.append(levelPanel(this.data.levels[i], this.data));
        });
        if (this.tabs) this.tabs.mark(wanted);
        return this.boxes[wanted].firstChild;
    }

    // #paragraphs/cluster-12/3: the third member of that cluster.
    follow(fragment) {
        const [name, cluster, member] = decodeURIComponent(fragment.replace(/^#/, "")).split("/");
        const at = this.data.levels.findIndex(level => levelName(level) === name);
        if (at < 0) return false;
        const panel = this.open(at);
        const number = /^cluster-(\d+)$/.exec(cluster || "");
        if (number && !panel.reveal(Number(number[1]), /^\d+$/.test(member || "") ? Number(member) - 1 : undefined)) {
            say(`Cluster ${number[1]} is not in this page; the JSON and CSV reports have all clusters.`);
        }
        return true;
    }
}

function reportPage(data) {
    const panels = new Panels(data);
    const follow = () => {
        try {
            return panels.follow(location.hash);
        } catch (failure) {
            return false; // not a link of this page
        }
    };
    addEventListener("hashchange", follow);
    return {
        title: data.title, what: "Duplicates in", element: [
            !data.text && h("p", {class: "card note"}, "This report has no texts", data.text_note ? [": ", own(data.text_note)] : "", "."),
            panels.tabs, panels.boxes, origin(data)],
        version: data.neardup,
        ready: () => follow() || (data.levels.length > 0 && panels.open(0)),
    };
}
