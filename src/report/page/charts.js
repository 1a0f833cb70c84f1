// SPDX-License-Identifier: MIT
// Charts as SVG, drawn at the width they get, each with the same numbers as a table.

// draw(width) returns an SVG; it is drawn again when the width changes.
function responsive(draw) {
    const box = h("div", {class: "chart"});
    let drawn = 0;
    const redraw = width => {
        const rounded = Math.max(220, Math.floor(width));
        if (Math.abs(rounded - drawn) < 2) return;
        drawn = rounded;
        box.replaceChildren(draw(rounded));
    };
    new ResizeObserver(entries => redraw(entries[0].contentRect.width)).observe(box);
    return box;
}

// Rows: {label, values: [...], pick}. With pick, a button does the same as a click on the bar.
function numbers(caption, heads, rows) {
    const picks = rows.some(row => row.pick);
    return h("details", {class: "numbers"},
        h("summary", null, "As a table", aside(": ", caption)),
        h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
            h("table", null, h("caption", {class: "heard"}, caption),
                h("thead", null, h("tr", null, heads.map(head => h("th", {scope: "col"}, head)), picks && h("td"))),
                h("tbody", null, rows.map(row => h("tr", null, h("th", {scope: "row"}, row.label),
                    row.values.map(value => h("td", null, value)),
                    picks && h("td", null, row.pick && h("button", {type: "button", class: "small", click: row.pick},
                        "Show", aside(" clusters: ", row.label)))))))));
}

// Columns of a text in a chart; digits are 6.4 px wide in the font of axes, and the widest letters 8.
const textWidth = text => 6.8 * text.length + 2;

// Where the numbers above bars go: the largest first, each only where it is over no other number and no bar. What does not fit is in the
// tooltip and the table.
function valueLabels(items, boxes, right) {
    const placed = [];
    const roomy = items.every((item, i) => textWidth(group(item.value)) <= boxes[i].width + 6);
    const order = items.map((item, i) => i).filter(i => items[i].value > 0).sort((a, b) => items[b].value - items[a].value || a - b);
    for (const i of order) {
        const text = (roomy ? group : short)(items[i].value);
        const half = textWidth(text) / 2;
        const at = Math.min(Math.max(boxes[i].x + boxes[i].width / 2, half), right - half);
        const label = {i, text, at, from: at - half, to: at + half, y: boxes[i].y - 5};
        const over = other => label.from < other.to && other.from < label.to;
        if (placed.every(other => !over(other) || Math.abs(other.y - label.y) > 13) &&
            boxes.every((box, k) => k === i || !(items[k].value > 0) || !over({from: box.x, to: box.x + box.width}) || box.y > label.y)) placed.push(label);
    }
    return placed;
}

// Bars from left to right: {label, tick, height (0 to 1), value, title, class, pick}; lines: [{at (0 to 1), text}].
function bars(width, items, lines, about) {
    const height = 220;
    const left = chartLeft(lines);
    const bottom = height - 30;
    const top = 20;
    const step = barStep(width, lines, items.length);
    const chart = svg("svg", {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about});
    for (const line of lines) {
        const y = bottom - (bottom - top) * line.at;
        chart.append(svg("line", {class: "grid", x1: left, x2: width, y1: y, y2: y}),
            svg("text", {class: "axis", x: left - 6, y: y + 4, "text-anchor": "end"}, line.text));
    }
    const gap = Math.min(6, step * 0.15);
    const boxes = items.map((item, i) => {
        const size = item.value > 0 ? Math.max(2, (bottom - top) * item.height) : 0;
        return {x: left + step * i + gap / 2, width: Math.max(1, step - gap), y: bottom - size, size};
    });
    const labels = new Map(valueLabels(items, boxes, width).map(label => [label.i, label]));
    items.forEach((item, i) => {
        const x = left + step * i;
        const box = boxes[i];
        const bar = svg("g", {class: "bar " + (item.class || "") + (item.pick ? " pick" : ""), click: item.pick || null},
            svg("title", null, item.title),
            svg("rect", {class: "reach", x, y: top, width: step, height: bottom - top}),
            svg("rect", {class: "ink", x: box.x, y: box.y, width: box.width, height: box.size, rx: 2}));
        const label = labels.get(i);
        if (label) bar.append(svg("text", {class: "value", x: label.at, y: label.y, "text-anchor": "middle"}, label.text));
        chart.append(bar);
        if (item.tick !== undefined) {
            chart.append(svg("text", {class: "axis", x: item.edge ? x : x + step / 2, y: bottom + 18, "text-anchor": "middle"},
                item.tick));
        }
    });
    const last = items[items.length - 1];
    if (last.end !== undefined) chart.append(svg("text", {class: "axis", x: left + step * items.length, y: bottom + 18, "text-anchor": "middle"}, last.end));
    chart.append(svg("line", {class: "base", x1: left, x2: width, y1: bottom, y2: bottom}));
    return chart;
}

// Left of the bars are the numbers of the lines. The last tick needs half its width on the right. One bar alone need not fill the chart.
const chartLeft = lines => 8 + Math.max(...lines.map(line => textWidth(line.text)));
const barStep = (width, lines, count) => Math.min(110, (width - chartLeft(lines) - 18) / count);

// Round numbers up to the largest.
function roundLines(most) {
    const raw = most / 4;
    const power = Math.pow(10, Math.floor(Math.log10(Math.max(raw, 1))));
    const step = Math.max(1, [1, 2, 5, 10].map(n => n * power).find(n => n >= raw) || power);
    const lines = [];
    for (let value = 0; value <= most; value += step) lines.push({at: value / most, text: short(value)});
    return lines;
}

const decimal = number => String(Math.round(number * 1000) / 1000);
const barName = bin => decimal(bin.from) + " to " + decimal(bin.to);
// What the chart of scores counts.
const scored = level => "near-duplicates" + (level.contained > 0 ? ` and contained ${unit(level.unit, 2)}` : "");

function scoreChart(level, pick) {
    const bins = level.scores || [];
    const total = bins.reduce((sum, bin) => sum + bin.count, 0);
    if (total === 0) {
        return h("p", {class: "none"}, level.clusters_total === 0 ? "Nothing repeats."
            : "No scores to show: all repeats are exact copies or boilerplate.");
    }
    const most = Math.max(...bins.map(bin => bin.count));
    const peak = bins.find(bin => bin.count === most);
    const about = `Scores of ${count(total, level.unit)}: from ${decimal(bins[0].from)} to ` +
        `${decimal(bins[bins.length - 1].to)}, most between ${barName(peak)} (${group(most)}).`;
    const chart = responsive(width => {
        const lines = roundLines(most);
        const every = Math.max(1, Math.ceil(46 / barStep(width, lines, bins.length)));
        return bars(width, bins.map((bin, i) => ({
            height: bin.count / most, value: bin.count, edge: true, pick: bin.count ? () => pick(bin) : null,
            tick: i % every === 0 && (i === 0 || bins.length - i >= every / 2) ? decimal(bin.from) : undefined,
            end: i === bins.length - 1 ? decimal(bin.to) : undefined, title: `${barName(bin)}: ${count(bin.count, level.unit)}`,
        })), lines, about);
    });
    return [chart, numbers("Similarity scores", ["Score", "Count", "Share"], bins.filter(bin => bin.count).map(bin => ({
        label: barName(bin), values: [group(bin.count), percent(bin.count, total)], pick: () => pick(bin),
    })))];
}

const sizeName = bin => bin.from === bin.to ? group(bin.from) : group(bin.from) + "\u2013" + group(bin.to);

// A single cluster must be visible on a logarithmic scale, so 1 is a little above the base line.
function logLines(most, at) {
    const lines = [];
    for (let value = 1; value <= most; value *= 10) lines.push({at: at(value), text: short(value)});
    return lines;
}

function sizeChart(level, pick) {
    const bins = level.sizes || [];
    const total = bins.reduce((sum, bin) => sum + bin.clusters, 0);
    if (total === 0) return h("p", {class: "none"}, "There are no clusters.");
    const most = Math.max(...bins.map(bin => bin.clusters));
    const at = value => (Math.log10(value) + 0.25) / (Math.log10(most) + 0.25);
    const largest = bins[bins.length - 1];
    const about = `Sizes of ${group(total)} ${total === 1 ? "cluster" : "clusters"} on a logarithmic scale: most have ${sizeName(bins.find(b => b.clusters === most))} ` +
        `${unit(level.unit, 2)}, the largest ${sizeName(largest)}.`;
    const chart = responsive(width => {
        const lines = logLines(most, at);
        const room = barStep(width, lines, bins.length);
        const widest = names => Math.max(...names.map(textWidth)) + 6;
        const whole = bins.map(sizeName);
        const ticks = widest(whole) <= room ? whole : bins.map((bin, i) => bin.from === bin.to ? whole[i] : short(bin.from) + "+");
        const every = Math.ceil(widest(ticks) / room);
        return bars(width, bins.map((bin, i) => ({
            height: bin.clusters ? at(bin.clusters) : 0, value: bin.clusters, class: "second", tick: i % every === 0 ? ticks[i] : undefined,
            pick: bin.clusters ? () => pick(bin) : null,
            title: `${sizeName(bin)} ${unit(level.unit, 2)}: ${group(bin.clusters)} ${bin.clusters === 1 ? "cluster" : "clusters"}, ${count(bin.units, level.unit)} in all`,
        })), lines, about);
    });
    return [chart, numbers("Sizes of clusters", ["Size", "Clusters", unit(level.unit, 2)], bins.filter(b => b.clusters).map(bin => ({
        label: sizeName(bin), values: [group(bin.clusters), group(bin.units)], pick: () => pick(bin),
    })))];
}

// ---- who duplicates whom ----

function arrows(event) {
    const moves = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]};
    const move = moves[event.key];
    const from = event.target.closest("td");
    if (!move || !from) return;
    const table = from.closest("table");
    let row = from.parentElement.rowIndex;
    let column = from.cellIndex;
    for (;;) {
        row += move[0];
        column += move[1];
        const cell = table.rows[row] && table.rows[row].cells[column];
        if (!cell || cell.tagName === "TH") return;
        const button = cell.querySelector("button");
        if (!button) continue;
        event.preventDefault();
        event.target.tabIndex = -1;
        button.tabIndex = 0;
        button.focus();
        return;
    }
}

// Units without a group have the empty name.
const sourceText = name => name === null ? "others" : name === "" ? "no group" : String(name);
const sourceName = name => name === "" ? h("span", {class: "soft"}, sourceText(name)) : own(String(name));

// Sources whose units in the page all belong to the reference.
function referenceSources(level) {
    const found = new Map();
    for (const item of (level.clusters || []).flatMap(unitsOf)) {
        const name = sourceOf(level, item);
        found.set(name, item.reference === true && found.get(name) !== false);
    }
    return found;
}

function rowName(sources, i, isReference) {
    return sources.names[i] !== null ? [sourceName(sources.names[i]), isReference && h("span", {class: "soft"}, " (reference)")]
        : h("span", {class: "soft"}, `${group(sources.others || 0)} other ${sources.by || "file"}s`);
}

function sourceMatrix(level, pick) {
    const sources = level.sources;
    if (!sources || !sources.names || sources.names.length < 2 || !sources.cells.length) return null;
    const kind = sources.by || "file";
    const most = Math.max(...sources.cells.map(cell => cell[2]));
    const values = new Map(sources.cells.map(cell => [cell[0] + "," + cell[1], cell[2]]));
    const order = sources.names.map((name, i) => i);
    const references = referenceSources(level);
    const isReference = i => references.get(sources.names[i]) === true;
    const text = i => sourceText(sources.names[i]) + (isReference(i) ? " (reference)" : "");
    let first = true;
    const cell = (from, to) => {
        const value = values.get(from + "," + to);
        if (!value) return h("td", {class: "zero"}, aside("0"));
        const heat = most > 1 ? Math.ceil(6 * Math.log(value + 1) / Math.log(most + 1)) : 6;
        const about = `${count(value, level.unit)} of ${text(from)} repeat ${text(to)}`;
        const named = sources.names[from] !== null && sources.names[to] !== null;
        const button = named && h("button", {type: "button", tabindex: first ? "0" : "-1", title: about,
            click: () => pick(sources.names[from], sources.names[to])}, big(value), aside(": show these clusters"));
        if (named) first = false;
        return h("td", {class: "heat" + heat + (from === to ? " same" : "")}, button || big(value));
    };
    const caption = `Which ${kind} repeats which: rows are the ${kind}s of the ${unit(level.unit, 2)} that ${level.proposed ? "would be" : "were"} removed, columns the ${kind}s of their keepers${level.boilerplate > 0 ? ", or of the first copy where nothing was" : ""}.`;
    return [
        h("p", {class: "hint"}, `Rows: ${kind}s whose ${unit(level.unit, 2)} repeat others. Columns, in the same order: ${kind}s with the ` +
            `${unit(level.unit, 1)} that ${keptWord(level)}${level.boilerplate > 0 ? ", or else its first copy" : ""}. Framed cells: repeats within one ${kind}.`),
        h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
            h("table", {class: "matrix", keydown: arrows}, h("caption", {class: "heard"}, caption),
                h("thead", null, h("tr", null, h("td"), h("th", {scope: "col", class: "sum"}, "repeats"), order.map(i =>
                    h("th", {scope: "col", title: text(i)}, group(i + 1), aside(" ", text(i)))))),
                h("tbody", null, order.map(i => h("tr", null,
                    h("th", {scope: "row"}, h("span", {class: "place-number"}, group(i + 1)), rowName(sources, i, isReference(i))),
                    h("td", {class: "sum"}, sources.removed && sources.removed[i] !== undefined ? group(sources.removed[i]) : ""),
                    order.map(j => cell(i, j))))))),
    ];
}
