// SPDX-License-Identifier: MIT
// The clusters of a level: filtered, sorted, in pages. Each opens to show its members, and each member to show its text next to
// the keeper's.

const PAGE_MEMBERS = 20;

const REASONS = {
    exact: ["exact copy", "the same words and signs in the same order"],
    near: ["near-duplicate", "most word sequences are shared"],
    contained: ["contained", "the rest of its document, or a longer document, contains most of it"],
    boilerplate: ["boilerplate", "in more documents than allowed"],
};

const memberScore = member => member.containment !== undefined ? member.containment : member.jaccard;
const percentOf = value => percent(Math.floor(value * 1e6), 1e6);
const levelName = level => unit(level.unit, 2);
const sourceKind = level => (level.sources && level.sources.by) || "file";
const folderOf = file => String(file).includes("/") ? String(file).replace(/\/[^/]*$/, "") : ".";

// The same names as in the matrix: the empty string for no group, and U+FFFD for lone surrogates.
function sourceOf(level, item) {
    const kind = sourceKind(level);
    if (kind === "group") return item.group === undefined ? "" : String(item.group).replace(/\p{Cs}/gu, "\ufffd");
    return kind === "folder" ? folderOf(item.file) : String(item.file);
}

// The text that members are compared with: the keeper, or if none was kept, the first copy.
const headOf = cluster => cluster.keeper || cluster.first;
const samePlace = (a, b) => a.file === b.file && a.line === b.line && String(a.bytes) === String(b.bytes);
const isFirst = (cluster, member) => !cluster.keeper && cluster.first !== undefined && samePlace(cluster.first, member);

function preview(cluster) {
    const first = cluster.members[0] || {};
    const text = (headOf(cluster) && headOf(cluster).text) || first.text || (first.diff && sideText(first.diff, 1)) || "";
    return text.slice(0, 600).replace(/\s+/g, " ").trim();
}

// ---- which clusters ----

const unitsOf = cluster => [headOf(cluster), ...cluster.members].filter(Boolean);

// What a unit may be called in a search.
const namesOf = item => [item.id, item.file, item.line !== undefined && item.file + ":" + item.line,
    item.file !== undefined && String(item.file).replace(/^.*[\/\\]/, "")].filter(name => name !== undefined && name !== false).map(String);

// The title may name members that are not in the page.
function titleNames(title) {
    return title ? (title.parts || [""]).map(part => (title.before || "") + part + (title.after || "")) : [];
}

const namesIn = cluster => [...unitsOf(cluster).flatMap(namesOf), ...titleNames(cluster.title)];

// How well a cluster fits what is searched: as the name of a unit, exactly or in other case; as words of a name; within a name; as words
// of a text; within a text.
const HITS = {EXACT: 0, CASE: 1, NAME_WORDS: 2, NAME: 3, TEXT_WORDS: 4, TEXT: 5};

function hit(cluster, text, hay) {
    const names = namesIn(cluster);
    if (names.includes(text)) return HITS.EXACT;
    const wanted = text.toLowerCase();
    const lower = names.map(name => name.toLowerCase());
    if (lower.includes(wanted)) return HITS.CASE;
    const words = new RegExp("(?<![\\p{L}\\p{N}])" + wanted.replace(/[.*+?^${}()|[\]\\\/]/g, "\\$&") + "(?![\\p{L}\\p{N}])", "u");
    if (lower.some(name => words.test(name))) return HITS.NAME_WORDS;
    if (lower.some(name => name.includes(wanted))) return HITS.NAME;
    return words.test(hay) ? HITS.TEXT_WORDS : HITS.TEXT;
}

// All text of a cluster that the filter searches, in lower case.
function haystack(cluster) {
    const all = namesIn(cluster);
    for (const item of unitsOf(cluster)) {
        all.push(item.text);
        if (item.diff) all.push(sideText(item.diff, 1), sideText(item.diff, 2));
    }
    return all.filter(part => part !== undefined).join("\n").toLowerCase();
}

const ANY = {text: "", source: null, reason: "", low: null, high: null, bin: null, least: null, most: null, pair: null};

// Whether a cluster matches the filter: by a member in the page, by the counts of its omitted members, or perhaps, if there are
// not even counts.
const NO = 0;
const PERHAPS = 1;
const BY_COUNTS = 2;
const YES = 3;

// Scores are rounded down to six decimals; 0.7 must not be below itself.
const inBar = (value, bin) => value + 1e-7 >= bin.from && (value + 1e-7 < bin.to || bin.to >= 1);
const isScored = reason => reason === "near" || reason === "contained";

class Selection {
    constructor(level) {
        this.level = level;
        this.found = new Map(); // cluster: its haystack
        this.reset();
    }

    reset() {
        this.filter = Object.assign({}, ANY);
    }

    active() {
        return Object.keys(ANY).some(key => this.filter[key] !== ANY[key]);
    }

    contains(cluster, text) {
        if (/^#\d+$/.test(text)) return cluster.n === Number(text.slice(1));
        if (!this.found.has(cluster)) this.found.set(cluster, haystack(cluster));
        return this.found.get(cluster).includes(text);
    }

    // 0 is the best. A search for #12 has one result.
    hitOf(cluster) {
        const {text} = this.filter;
        return !text || /^#\d+$/.test(text) ? HITS.EXACT : hit(cluster, text, this.found.get(cluster));
    }

    // All filters apply to the same member.
    admits(member) {
        const {reason, low, high, bin, pair} = this.filter;
        const value = memberScore(member);
        if (reason && member.reason !== reason) return false;
        if (low !== null && !(value >= low)) return false;
        if (high !== null && !(value <= high)) return false;
        if (bin && !(isScored(member.reason) && inBar(value, bin))) return false;
        return !pair || sourceOf(this.level, member) === pair[0];
    }

    // Members that are not in the page are counted by the bar of their score, and by whether it is 1.
    admitsRest([source, kind, from]) {
        const {reason, low, high, bin, pair} = this.filter;
        const bar = from < 1 && this.level.scores.find(item => inBar(from, item));
        const to = from >= 1 ? 1 : bar ? bar.to : from;
        if (reason && kind !== reason) return NO;
        if (pair && this.level.sources.names[source] !== pair[0]) return NO;
        if (bin && !(isScored(kind) && inBar(from, bin))) return NO;
        if ((low !== null && (from >= 1 ? low > 1 : to <= low)) || (high !== null && from > high)) return NO;
        return (low !== null && from < low) || (high !== null && from < 1 && to > high) ? PERHAPS : BY_COUNTS;
    }

    // Omitted members have the highest scores.
    byUnknown(cluster) {
        const {reason, high, bin} = this.filter;
        const last = memberScore(cluster.members[cluster.members.length - 1] || {});
        const below = last !== undefined && ((high !== null && high < last) || (bin && bin.to < 1 && bin.to <= last));
        return below || (bin && reason && !isScored(reason)) ? NO : PERHAPS;
    }

    byMembers(cluster) {
        if (this.filter.pair && !(headOf(cluster) && sourceOf(this.level, headOf(cluster)) === this.filter.pair[1])) return NO;
        if (cluster.members.some(member => this.admits(member))) return YES;
        if (cluster.rest) return Math.max(...cluster.rest.map(kind => this.admitsRest(kind)));
        return cluster.members_total > cluster.members.length ? this.byUnknown(cluster) : NO;
    }

    // Sources without a row in the matrix are counted together, as null.
    bySource(cluster, source) {
        const names = this.level.sources ? this.level.sources.names : [];
        if (unitsOf(cluster).some(item => sourceOf(this.level, item) === source)) return YES;
        if (!cluster.rest) return cluster.members_total > cluster.members.length ? PERHAPS : NO;
        const named = names.includes(source);
        return !cluster.rest.some(([i]) => names[i] === (named ? source : null)) ? NO : named ? BY_COUNTS : PERHAPS;
    }

    takes(cluster) {
        const {text, source, reason, low, high, bin, least, most, pair} = this.filter;
        if ((least !== null && cluster.size < least) || (most !== null && cluster.size > most)) return NO;
        const asks = reason || low !== null || high !== null || bin || pair;
        const match = Math.min(source !== null ? this.bySource(cluster, source) : YES, asks ? this.byMembers(cluster) : YES);
        return match !== NO && (!text || this.contains(cluster, text.toLowerCase())) ? match : NO;
    }
}

const ORDERS = {
    tokens: ["Cost: tokens repeated", (a, b) => b.tokens - a.tokens || a.n - b.n],
    size: ["Size", (a, b) => b.size - a.size || a.n - b.n],
    low: ["Lowest score first", (a, b) => lowest(a) - lowest(b) || a.n - b.n],
    number: ["Number", (a, b) => a.n - b.n],
};

function lowest(cluster) {
    if (cluster.low !== undefined) return cluster.low;
    const scores = cluster.members.map(memberScore).filter(value => value !== undefined);
    return scores.length ? Math.min(...scores) : 2;
}

// ---- one cluster ----

// The beginning of a text, with an ellipsis if there is more.
const excerpt = item => item.more ? [item.text, h("span", {class: "soft"}, "\u2026")] : item.text;

function texts(level, cluster, member) {
    if (member.diff) {
        const removedWord = level.proposed ? "duplicate" : level.unit === "document" ? "removed" : "cut";
        const keptName = !cluster.keeper ? "first copy" : level.proposed ? "to keep" : "kept";
        return diffView(member.diff, [
            [`${capital(keptName)}: `, headOf(cluster) ? [place(headOf(cluster)), marks(headOf(cluster))] : "none"], [`${capital(removedWord)}: `, place(member)]],
        [`only in the ${!cluster.keeper ? keptName : level.proposed ? "one to keep" : "kept one"}`, `only in the ${removedWord === "duplicate" ? removedWord : removedWord + " one"}`]);
    }
    return h("div", {class: "text", dir: "auto"}, excerpt(member));
}

// Why a member has no text of its own.
function withoutText(level, cluster, member) {
    if (!level.texts || isFirst(cluster, member)) return false;
    return h("span", {class: "soft tokens"}, member.same ? "same text" : member.reason === "exact" ? "same words" : "text omitted");
}

function memberFacts(cluster, member) {
    const value = memberScore(member);
    return [
        h("span", {class: "score"}, value === undefined ? "" : [h("span", {class: "meter", "aria-hidden": "true"}, meter(value)),
            aside("score "), score(value)]),
        h("span", {class: "reason " + member.reason, title: (REASONS[member.reason] || [])[1]}, (REASONS[member.reason] || [member.reason])[0]),
        placeBelow(cluster.title, member), marks(member), isFirst(cluster, member) && h("span", {class: "mark"}, "first copy"),
        member.numbers_differ && h("span", {class: "mark", title: "The same words in the same order; only numbers differ"}, "only numbers differ"),
        member.keeper_containment !== undefined && h("span", {class: "soft"},
            `${percentOf(member.containment)} of it is in the kept document, ${percentOf(member.keeper_containment)} of that in it`),
        member.distance !== undefined && h("span", {class: "soft"}, "distance " + member.distance),
        member.tokens !== undefined && h("span", {class: "soft tokens"}, tokens(member.tokens)),
    ];
}

function meter(value) {
    const bar = h("span", null);
    bar.style.width = Math.round(value * 100) + "%";
    return bar;
}

function memberRow(level, cluster, member, i, link) {
    const id = link + "/" + (i + 1);
    if (!member.diff && !member.text) return h("li", {class: "member", id}, h("div", {class: "member-head"}, memberFacts(cluster, member),
        withoutText(level, cluster, member)));
    const body = h("div", {class: "member-body", id: id + "/text", hidden: true});
    const head = h("button", {type: "button", class: "member-head nav", "aria-expanded": "false", "aria-controls": id + "/text", click: () => {
        const open = head.getAttribute("aria-expanded") !== "true";
        if (open && !body.firstChild) body.append(texts(level, cluster, member));
        head.setAttribute("aria-expanded", String(open));
        body.hidden = !open;
        remember(open ? id : link);
    }}, memberFacts(cluster, member), h("span", {class: "more"}, member.diff ? "Compare" : "Text"));
    return h("li", {class: "member", id}, head, body);
}

function memberList(level, cluster, link) {
    const list = h("ul", {role: "list", class: "members"});
    const rest = h("p", {class: "rest"});
    let shown = 0;
    const more = upTo => {
        for (const until = Math.min(upTo, cluster.members.length); shown < until; shown++) {
            list.append(memberRow(level, cluster, cluster.members[shown], shown, link));
        }
        const left = cluster.members.length - shown;
        const missing = (cluster.members_total || cluster.members.length) - cluster.members.length;
        rest.replaceChildren(...[
            left > 0 && h("button", {type: "button", class: "small nav", click: () => {
                const next = shown;
                more(shown + 5 * PAGE_MEMBERS);
                const head = list.children[next].querySelector("button");
                if (head) head.focus();
            }}, `Show ${group(Math.min(left, 5 * PAGE_MEMBERS))} more of ${group(left)}`),
            missing > 0 && h("span", {class: "soft"}, ` ${count(missing, level.unit)} of this cluster ${missing === 1 ? "is" : "are"} not in this page.`),
        ].filter(Boolean));
    };
    more(PAGE_MEMBERS);
    list.show = index => more(index + 1);
    return [list, rest];
}

function clusterBody(level, cluster, link, go) {
    const keeper = cluster.keeper;
    const head = headOf(cluster);
    return [
        h("div", {class: "keeper"}, h("div", {class: "keeper-head"}, h("span", {class: "kept"}, !keeper ? level.proposed ? "none would be kept" : "none is kept" : level.proposed ? "would be kept" : "kept"),
            !keeper && head && h("span", null, "compared with the first copy:"),
            head && [place(head), marks(head), head.tokens !== undefined && h("span", {class: "soft tokens"}, tokens(head.tokens))]),
            head && head.text && h("div", {class: "text short", dir: "auto", tabindex: "0", role: "region",
                "aria-label": keeper ? `Text that ${keptWord(level)}` : "Text of the first copy"}, excerpt(head))),
        cluster.component !== undefined && h("p", {class: "hint"}, "Linked with ", h("a", {
            href: "#" + levelName(level) + "/cluster-" + cluster.component, click: go}, "cluster " + cluster.component),
            " by texts that are similar to both keepers. The two keepers are not similar enough to be one cluster."),
        memberList(level, cluster, link),
    ];
}

const MATCHES = {
    [PERHAPS]: ["may match: partly in this page", "Only a part of this cluster is in this page, so the filter cannot tell whether it matches."],
    [BY_COUNTS]: ["matches outside this page", "A member that matches the filter is in this cluster, but not in this page."],
};

function clusterRow(level, cluster, match, exact) {
    const link = levelName(level) + "/cluster-" + cluster.n;
    const body = h("div", {class: "cluster-body", id: link + "/members", hidden: true});
    const text = preview(cluster);
    const low = lowest(cluster);
    const head = h("button", {type: "button", class: "cluster-head nav", "aria-expanded": "false", "aria-controls": link + "/members",
        click: () => item.toggle(head.getAttribute("aria-expanded") !== "true")},
        h("span", {class: "number"}, aside("Cluster "), "#" + cluster.n),
        h("span", {class: "cluster-names"}, h("span", {class: "title"}, cluster.title ? titleView(cluster.title, cluster.size)
            : place(headOf(cluster) || cluster.members[0] || {})), text && h("span", {class: "preview", dir: "auto"}, text)),
        h("span", {class: "facts"},
            exact && h("span", {class: "mark"}, "exact hit"),
            MATCHES[match] && h("span", {class: "mark", title: MATCHES[match][1]}, MATCHES[match][0]),
            cluster.boilerplate && h("span", {class: "mark"}, "boilerplate"),
            cluster.component !== undefined && h("span", {class: "mark"}, "connected to #" + cluster.component),
            h("span", {class: "amount"}, h("b", null, group(cluster.size)), " " + unit(level.unit, cluster.size)),
            cluster.documents !== undefined && h("span", {class: "amount"}, "in ", h("b", null, group(cluster.documents)), " " + unit("document", cluster.documents)),
            h("span", {class: "amount"}, h("b", null, big(cluster.tokens)), cluster.tokens === 1 ? " token" : " tokens"),
            low <= 1 && h("span", {class: "amount"}, "lowest ", h("b", null, score(low)))));
    const item = h("li", {class: "cluster", id: link}, h("h3", null, head), body);
    item.toggle = open => {
        if (open && !body.firstChild) body.append(...clusterBody(level, cluster, link).flat().filter(Boolean));
        head.setAttribute("aria-expanded", String(open));
        body.hidden = !open;
        remember(open ? link : levelName(level));
    };
    item.openMember = index => {
        item.toggle(true);
        const list = body.querySelector(".members");
        list.show(index);
        const row = list.children[index];
        const button = row && row.querySelector("button");
        if (button && button.getAttribute("aria-expanded") !== "true") button.click();
        return row;
    };
    return item;
}

// ---- the list with its filter ----

class ClusterList extends PagedList {
    constructor(level) {
        super("clusters", cluster => clusterRow(level, cluster, this.matches.get(cluster), this.isExact(cluster)));
        this.matches = new Map(); // of chosen clusters
        this.hits = new Map(); // of these, how well they fit what is searched
        this.level = level;
        this.clusters = level.clusters || [];
        this.selection = new Selection(level);
        this.order = "tokens";
        this.build();
        this.select();
    }

    build() {
        const sources = this.sourceNames();
        const reasons = Object.keys(REASONS).filter(reason => this.level[reason] > 0);
        this.text = h("input", {type: "search", placeholder: "words, id, file or #12", autocomplete: "off", spellcheck: "false"});
        this.source = choice([["", "all"], ...sources.map(name => ["=" + name, sourceText(name)])]);
        this.reason = choice([["", "all"], ...reasons.map(reason => [reason, REASONS[reason][0]])]);
        this.low = numeric("any", "0", "1");
        this.high = numeric("any", "0", "1");
        this.least = numeric("1", "1");
        this.most = numeric("1", "1");
        this.sort = choice(Object.entries(ORDERS).map(([value, order]) => [value, order[0]]));
        this.chips = h("p", {class: "chips"});
        const form = h("form", {class: "filter", role: "search", "aria-label": "Filter clusters", submit: event => event.preventDefault(),
            input: () => this.later(), change: () => this.later()},
            h("div", null, field("Find", this.text, "wide"), field("Order", this.sort)), h("div", null,
            sources.length > 1 && field({group: "Group", folder: "Folder", file: "File"}[sourceKind(this.level)], this.source),
            reasons.length > 1 && field("Reason", this.reason), range("Score", this.low, this.high), range("Size", this.least, this.most),
            h("div", {class: "field"}, h("button", {type: "button", class: "small clear", click: () => {
                this.clear();
                this.select();
            }}, "Clear"))));
        this.heading = h("h2", {id: "clusters-" + this.level.unit, tabindex: "-1"}, "Clusters");
        this.element = h("section", {class: "card", "aria-labelledby": "clusters-" + this.level.unit},
            this.heading, this.clusters.length > 0 && form, this.chips, this.status, this.list, this.pager);
    }

    sourceNames() {
        const names = new Set(((this.level.sources && this.level.sources.names) || []).filter(name => name !== null));
        for (const cluster of this.clusters) {
            for (const item of unitsOf(cluster)) names.add(sourceOf(this.level, item));
        }
        // Nobody scrolls through a menu of thousands of files: the text filter finds those.
        return names.size > 500 ? [] : Array.from(names).sort((a, b) => a < b ? -1 : 1);
    }

    // Filtering waits for a pause in typing. Leaving a field also fires an event; that must not close open clusters.
    later() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            const wanted = {text: this.text.value.trim(), source: this.source.value ? this.source.value.slice(1) : null, reason: this.reason.value,
                low: valueOf(this.low), high: valueOf(this.high), least: valueOf(this.least), most: valueOf(this.most)};
            const same = Object.keys(wanted).every(key => this.selection.filter[key] === wanted[key]);
            if (same && this.order === this.sort.value) return;
            Object.assign(this.selection.filter, wanted);
            this.order = this.sort.value;
            this.select();
        }, 120);
    }

    clear() {
        clearTimeout(this.timer);
        for (const control of [this.text, this.source, this.reason, this.low, this.high, this.least, this.most]) control.value = "";
        this.selection.reset();
    }

    // Filters that charts set: {bin}, {least, most} or {pair}.
    pick(wanted) {
        clearTimeout(this.timer);
        Object.assign(this.selection.filter, wanted);
        const write = (input, value) => { input.value = value === null ? "" : String(value); };
        write(this.least, this.selection.filter.least);
        write(this.most, this.selection.filter.most);
        this.select();
        this.element.scrollIntoView({block: "start"});
        this.heading.focus({preventScroll: true}); // a field would open the keyboard of a phone
    }

    select() {
        const active = this.selection.active();
        this.matches = new Map(active ? this.clusters.map(cluster => [cluster, this.selection.takes(cluster)]) : []);
        const chosen = active ? this.clusters.filter(cluster => this.matches.get(cluster) !== NO) : this.clusters.slice();
        this.hits = new Map(this.selection.filter.text ? chosen.map(cluster => [cluster, this.selection.hitOf(cluster)]) : []);
        const order = ORDERS[this.order][1];
        const which = this.level.clusters_total > this.clusters.length ? "No cluster in this page matches. The page has only the costliest clusters."
            : "No cluster matches.";
        this.show(chosen.sort((a, b) => (this.hits.get(a) || 0) - (this.hits.get(b) || 0) || order(a, b)), this.clusters.length ? which + " \u201cClear\u201d shows all of them."
            : "Nothing repeats: there are no clusters.");
        this.showStatus();
    }

    isExact(cluster) {
        return this.hits.has(cluster) && this.hits.get(cluster) <= HITS.CASE && !this.selection.filter.text.startsWith("#");
    }

    showStatus() {
        const all = this.clusters.length;
        this.status.hidden = all === 0;
        const cost = this.chosen.reduce((sum, cluster) => sum + cluster.tokens, 0);
        const repeats = this.chosen.reduce((sum, cluster) => sum + cluster.size - (cluster.keeper ? 1 : 0), 0);
        const which = this.chosen.length === all ? `${group(all)} ${all === 1 ? "cluster" : "clusters"}`
            : `${group(this.chosen.length)} of ${group(all)} ${all === 1 ? "cluster" : "clusters"}`;
        this.status.textContent = `${which}: ${repeats === 1 ? count(1, this.level.unit) + " repeats" : count(repeats, this.level.unit) + " repeat"}, ` +
            `${tokens(cost)}.`;
        const {pair, bin} = this.selection.filter;
        const chip = (off, ...what) => h("button", {type: "button", class: "chip", click: () => this.pick(off)}, what,
            h("span", {"aria-hidden": "true"}, " \u00d7"), aside(", remove this filter"));
        this.chips.replaceChildren(...[bin && chip({bin: null}, `${scored(this.level)} with a score of ${barName(bin)}`),
            pair && chip({pair: null}, sourceName(pair[0]), " repeats ", sourceName(pair[1]))].filter(Boolean));
    }

    // Opens a cluster, and a member if one is given; false if it is not in the page.
    reveal(number, member) {
        const cluster = this.clusters.find(candidate => candidate.n === number);
        if (!cluster) return false;
        if (!this.chosen.includes(cluster)) {
            this.clear();
            this.select();
        }
        const row = this.bring(cluster);
        row.toggle(true);
        const target = (member !== undefined && row.openMember(member)) || row;
        target.scrollIntoView({block: "start"});
        target.querySelector("button").focus({preventScroll: true});
        return true;
    }
}
