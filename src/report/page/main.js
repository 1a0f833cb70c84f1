// SPDX-License-Identifier: MIT
// Reads the data and shows it.

// The choice of colours is stored if the browser allows it.
const THEMES = ["auto", "light", "dark"];
const store = {
    get() { try { return localStorage.getItem("neardup-theme"); } catch (failure) { return null; } },
    set(theme) { try { localStorage.setItem("neardup-theme", theme); } catch (failure) { /* lost when the page closes */ } },
};

function themeButton() {
    let theme = THEMES.includes(store.get()) ? store.get() : "auto";
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const name = h("span", null);
    const show = () => {
        document.documentElement.dataset.theme = theme !== "auto" ? theme : dark.matches ? "dark" : "light";
        name.textContent = theme;
    };
    dark.addEventListener("change", show);
    show();
    return h("button", {type: "button", class: "theme", click: () => {
        theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
        store.set(theme);
        show();
    }}, "Colours: ", name);
}

// Ids and groups are shown as in the records. JSON.parse would round long numbers and turn 17.0 into 17, so they become strings
// first. Within a string a quote is always escaped, so this finds only members.
function parse(text) {
    return JSON.parse(text.replace(/"(id|group)":\s*(-?\d[\d.eE+-]*)/g, '"$1":"$2"'));
}

function start() {
    const block = document.getElementById("data");
    const data = parse(block.textContent);
    block.remove();
    if (data.summary && data.summary.parameters && data.summary.parameters.tokens === "char") {
        Object.assign(reading, {one: " character", many: " characters"});
    }
    const page = {report: reportPage, compare: comparePage, check: checkPage, review: reviewPage}[block.dataset.kind](data);
    document.getElementById("app").replaceWith(
        h("a", {class: "skip", href: "#main"}, "Skip to the content"),
        h("header", {class: "top"}, h("div", {class: "width"}, h("div", null, h("p", {class: "brand"}, "neardup"),
            h("h1", null, h("span", {class: "what"}, page.what, " "), own(String(page.title || "")))), themeButton())),
        h("main", {id: "main", class: "width", tabindex: "-1"}, page.element),
        h("footer", {class: "width"}, `Written by neardup${page.version ? " " + page.version : ""}. This page is one file; it loads and sends nothing.`),
        h("p", {id: "said", class: "heard", role: "status", "aria-live": "polite"}));
    if (page.ready) page.ready();
}

try {
    start();
} catch (failure) {
    document.body.append(h("p", {class: "noscript", role: "alert"}, "cannot show the data of this page: ",
        String(failure && failure.message), ". Is the file complete?"));
    throw failure;
}
addEventListener("beforeprint", () => document.querySelectorAll("details.origin").forEach(details => { details.open = true; }));
