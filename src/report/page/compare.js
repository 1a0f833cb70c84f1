// SPDX-License-Identifier: MIT
// Two texts, from `neardup compare`.

const VERDICTS = {near: "Near-duplicates", different: "Not near-duplicates"};

function comparePage(data) {
    if (data.parameters && data.parameters.tokens === "char") Object.assign(reading, {one: " character", many: " characters"});
    const verdict = data.verdict === "exact" ? `The same${reading.many} in the same order` : VERDICTS[data.verdict] || String(data.verdict);
    const side = (name, text) => h("tr", null, h("th", {scope: "row"}, name, ": ", own(String(text.file))),
        [bytes(text.bytes), group(text.tokens), group(text.shingles)].map(value => h("td", null, value)));
    return {
        title: `${data.a.file} and ${data.b.file}`, what: "Compared:", version: data.neardup, element: [
            h("p", {class: "verdict"}, h("strong", null, verdict),
                `: similarity ${score(data.jaccard)}` + (data.threshold !== undefined ? `, threshold ${decimal(data.threshold)}.` : ".")),
            h("dl", {class: "tiles"}, tile(score(data.jaccard), "Jaccard similarity"), tile(percent(Math.floor(data.a_in_b * 1e6), 1e6), "of A is in B"),
                tile(percent(Math.floor(data.b_in_a * 1e6), 1e6), "of B is in A"), tile(group(data.shared_shingles), "shared shingles")),
            h("section", {class: "card", "aria-labelledby": "sizes"}, h("h2", {id: "sizes"}, "The two texts"),
                h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "The two texts"}, h("table", {class: "plain"}, h("thead", null,
                    h("tr", null, h("td"), ["size", "tokens", "shingles"].map(name => h("th", {scope: "col"}, name)))),
                    h("tbody", null, side("A", data.a), side("B", data.b))))),
            h("section", {class: "card", "aria-labelledby": "difference"}, h("h2", {id: "difference"}, "Differences"),
                data.diff ? diffView(data.diff, [["A: ", own(String(data.a.file))], ["B: ", own(String(data.b.file))]], ["only in A", "only in B"])
                    : h("p", {class: "none"}, "The texts are not in this page."))],
    };
}
